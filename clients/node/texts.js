/** What the candidate is told. */

const pad = (number) => String(number).padStart(2, '0');

export const texts = {
  contact: ({ phone, hours }) => `技术服务电话 ${phone}（${hours}）`,
  offline: '网络已断开，正在重试；面试照常进行。',
  unreachable: '无法连接考试服务，正在重试。',
  opens: (wait, before) => `登录尚未开放，${span(wait)}后开放（开考前${span(before)}）。`,
  tooLate: (contact) => `已超过允许进入的时间，不能再进入面试。如有疑问，请致电${contact}。`,
  confirmFinish: '确定要结束考试吗？结束后不能再次进入。',
  confirmStop: '面试尚未结束，确定要停止佐证录制吗？',
  stopPhone: '面试已结束，请在手机上停止佐证录制。',
  uploading: '录像正在上传，请勿关闭页面，无须任何操作。',
  closing: '录像尚未上传成功，请勿关闭页面。',
  uploaded: '全部录像已上传成功。',
  uploadFailed: (contact) => `上传失败，正在重试，也可点击【重新上传】。如仍失败，请致电${contact}。`,
  overdue: (contact) => `结束已超过规定时间仍未确认上传成功，请立即致电${contact}。录像仍保留在本机并继续上传。`,
  notLoaded: '内容没有加载出来，请再试一次。',
  deviceLost: (label) => `设备“${label}”已断开，请重新接入或另选设备。`,
  noScreen: '没有可录制的屏幕，请允许录制整个屏幕。',
  helpSent: '求助已发出，技术服务将尽快处理，面试继续进行。',
  helpAnswer: (answer) => `技术服务答复：${answer}`,
  desk: (contact) => `请联系技术服务完成登录：${contact}。`,
  refused: (detail, contact) => `${detail || '没有成功。'}如有疑问，请致电${contact}。`,
  pan: '请用前置摄像头环拍房间360度，然后将设备固定在侧后方45度位置。',
  pair: '请扫描笔记本上的二维码，或输入绑定码。',
  filming: '正在录制佐证视频，切勿离开本页面。',
};

/** A length of time as a person says it. @param {number} ms */
function span(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  return `${Math.floor(seconds / 60)}分${pad(seconds % 60)}秒`;
}
