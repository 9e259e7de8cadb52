/** What the pages say to the candidate, in the notice's own words. Sentences only; nothing is decided here. */

export const SENTENCES = {
  "too-early": "尚未到开放时间。",
  "too-late": "已过进入面试的截止时间，系统不再允许进入面试界面。",
  "face-mismatch": "人脸比对未通过，可以再试一次。",
  "face-covered": "面部或耳部被遮挡，或使用了滤镜、美颜；请调整后再试。",
  "extended-display": "检测到扩展屏幕；不得多屏登录，请断开其他显示器后再试。",
  "second-session": "该考生已在另一处登录；不得多屏登录。",
  "no-camera": "没有可用的摄像头。",
  "no-microphone": "没有可用的麦克风。",
  "no-screen": "屏幕没有被录制，请允许录制整个屏幕。",
  "device-lost": "所选设备已断开，其他录制继续进行；请重新接入或另选设备。",
  "wrong-code": "绑定码不正确，没有开始录制。",
  "code-expired": "绑定码已过期，请使用电脑上显示的新绑定码；没有开始录制。",
  "code-used": "绑定码已被另一台设备使用；没有开始录制。",
  offline: "网络已中断，正在自动重连；请继续面试，录制不受影响。",
  "not-loaded": "内容没有加载出来，请再点一次。",
  "upload-failed": "上传没有成功，正在自动重试，也可点击【重新上传】。",
  "upload-overdue": "面试结束后规定时间内未能确认上传成功；录制都保留在本机，请主动联系技术人员。",
  "upload-running": "上传尚未完成，请勿关闭页面。",
  "upload-done": "上传成功，可以关闭页面。面试成绩公布之前，请勿卸载软件或删除相关文件。",
  "not-read": "请先查阅全部考试附件并点击【已阅】。",
  "not-bound": "请先用移动设备“智试通”完成佐证绑定。",
  "confirm-finish": "确定要提前结束吗？结束后不能再次进入。",
  "confirm-stop": "面试尚未结束，确定要停止佐证视频拍摄吗？",
  "stop-phone": "面试已结束，请手动停止移动设备“智试通”的拍摄，佐证视频会自动上传。",
  "help-sent": "求助已发送，请继续面试。",
  "low-battery": "电量偏低，请接通电源。",
  "system-below-minimum": "电脑低于考试要求的最低系统配置，面试中可能卡顿；建议换用其他电脑，或联系技术服务。",
  screenshot: "面试期间不得截屏，此次操作已报告监考人员。",
  gap: "录制曾经中断，现已继续；间断情况已报告。",
  ended: "面试已经结束，不能再次进入。",
  other: "操作没有成功，请再试一次。",
};

/** Where the candidate is told whom to call as well. */
const CALL = new Set(["face-mismatch", "face-covered", "second-session", "too-late", "code-used", "upload-failed", "upload-overdue", "other"]);

export const PROBLEMS = new Set(["too-early", "too-late", "face-mismatch", "face-covered", "second-session", "not-bound", "not-read", "ended", "wrong-code", "code-expired", "code-used"]);

export function contact(exam) {
  return exam ? `请联系技术服务：${exam.contact.phone}（服务时间：${exam.contact.hours}）。` : "请联系技术服务。";
}

/** What that alert says, with what the service added and whom to call where that helps. */
export function sentence(code, exam, more = "") {
  return SENTENCES[code] + more + (CALL.has(code) ? contact(exam) : "");
}

/** A moment of the exam as the notice names it. */
export function beforeStart(ms) {
  const seconds = Math.round(Math.abs(ms) / 1_000);
  const length = seconds % 60 === 0 ? `${seconds / 60}分钟` : `${seconds}秒`;
  return `开考${ms < 0 ? "前" : "后"}${length}`;
}

/** 1:02:03 or 02:03. */
export function clockText(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, "0"));
  const hours = Math.floor(seconds / 3_600);
  return (hours ? `${hours}:` : "") + parts.join(":");
}
