"""The laptop client (智试云), whole: the admission's and the interview's pages, and the end (the notice's section eight).

Laws: success is shown only when the service holds every byte of every recording; recordings stay on the device until results are published;
after the end the interview can't be entered again. The class that drivers and faulty clients use.
"""

from __future__ import annotations

from collections.abc import Mapping

from clients.headless import texts
from clients.headless.core import DONE, Handler
from clients.headless.interview import Interview
from harness.protocol.client import DoResult
from harness.protocol.exam_api import SessionState
from harness.protocol.vocabulary import RUNNING, Act, Alert, AlertCode, Page, Stream, UploadShown, View


class Laptop(Interview):
    """The laptop client without IO: `Laptop(ticket=…, storage=…, capture=…, mint=…)`."""

    close_warned = False

    # -- eight: the end ----------------------------------------------------------------------------------------------

    def upload_is_complete(self) -> bool:
        """The service holds every byte of every recording."""
        return self.ended and not self.recordings.running and self.uploads.complete()

    def follow_upload(self) -> None:
        """The upload page gives way to success, and comes back where 【重新上传】 asks for it."""
        if self.ended:
            self.page = Page.DONE if self.upload_is_complete() else Page.UPLOAD

    def upload_is_overdue(self) -> bool:
        """Not confirmed within the plan's span from this candidate's own end."""
        if self.kept.ended_ms is None or self.exam_info is None or not self.clock.known:
            return False
        late = self.exam_time >= self.kept.ended_ms + self.exam_info.spans["upload_deadline"]
        return late and not self.upload_is_complete()

    def closing_alerts(self) -> list[Alert]:
        """What the last two pages say."""
        if self.page not in (Page.UPLOAD, Page.DONE):
            return [self.sentence(AlertCode.UPLOAD_RUNNING)] if self.close_warned else []
        codes = [AlertCode.STOP_PHONE]
        if self.page is Page.DONE:
            codes.append(AlertCode.UPLOAD_DONE)
        elif self.uploads.failing():
            codes.append(AlertCode.UPLOAD_FAILED)
        if self.upload_is_overdue():
            codes.append(AlertCode.UPLOAD_OVERDUE)
        if self.close_warned and self.page is not Page.DONE:
            codes.append(AlertCode.UPLOAD_RUNNING)
        return [self.sentence(code) for code in codes]

    def upload_shown(self) -> dict[Stream, UploadShown]:
        """The progress, once the interview is over."""
        return self.uploads.shown() if self.page in (Page.UPLOAD, Page.DONE) else {}

    def close_window(self) -> DoResult:
        """Before success, closing is warned about and does not happen."""
        if self.page is Page.DONE or not self.entered:
            return DONE
        self.close_warned = True
        return DoResult("refused", "the upload is not complete")

    def retry(self) -> DoResult:
        """【重新上传】."""
        self.links.hurry()
        self.uploads.retry()
        return DONE

    def learned(self, session: SessionState, now: int) -> None:
        """Once results are published, recordings may go."""
        super().learned(session, now)
        if session.published and self.upload_is_complete():
            self.discard_recordings()

    # -- together ----------------------------------------------------------------------------------------------------

    def step(self, now: int) -> None:
        """What the last pages do by themselves."""
        super().step(now)
        self.follow_upload()

    def wakeups(self) -> list[int | None]:
        """… and the upload's deadline."""
        due = super().wakeups()
        if self.kept.ended_ms is not None and self.exam_info is not None and self.clock.known:
            deadline = self.kept.ended_ms + self.exam_info.spans["upload_deadline"]
            due += [self.clock.when(deadline)] if deadline > self.exam_time else []
        return due

    def handlers(self) -> Mapping[Act, Handler]:
        """Every act that the laptop knows."""
        return {
            **self.admission_handlers(),
            **self.interview_handlers(),
            Act.CONFIRM: lambda _args, _now: self.confirm_finish(),
            Act.CANCEL: lambda _args, _now: self.cancel(),
            Act.RETRY: lambda _args, _now: self.retry(),
            Act.CLOSE: lambda _args, _now: self.close_window(),
        }

    def cancel(self) -> DoResult:
        """No: the interview goes on."""
        self.asked_to_finish = False
        return DONE

    def controls(self) -> dict[Act, bool]:
        """What is offered now."""
        controls = {**self.admission_controls(), **self.interview_controls(), Act.CLOSE: True}
        if self.asked_to_finish:
            controls |= {Act.CONFIRM: True, Act.CANCEL: True}
        if self.page in (Page.UPLOAD, Page.DONE):
            controls[Act.RETRY] = True
        return controls

    def alerts(self) -> tuple[Alert, ...]:
        """Everything that is said now; a code is said once."""
        asked = [self.sentence(AlertCode.CONFIRM_FINISH)] if self.asked_to_finish else []
        said = (*super().alerts(), *self.door_alerts(), *asked, *self.closing_alerts())
        return tuple({alert.code: alert for alert in said}.values())

    def text(self) -> tuple[str, ...]:
        """What else the page says: what the picture is for, what to do with the phone, whose interview it is, whom to call."""
        call = texts.contact(self.exam_info.contact if self.exam_info is not None else None)
        if self.page is Page.LOGIN and self.exam_info is not None:
            return (self.exam_info.consent, *((texts.DECLINED, call) if self.declined else ()))
        if self.page is Page.BIND:
            return (texts.PHONE_BOUND if self.phone_is_bound() else texts.WAITING_FOR_PHONE,)
        if self.page in RUNNING:
            return (self.kept.name, self.kept.admission_number)
        return (texts.KEEP_STILL, call) if self.page is Page.UPLOAD else ()

    def compose(self) -> View:
        """The whole view."""
        page = self.page
        listing = page in (Page.DEVICES, Page.WAITING, *RUNNING)
        return View(
            page=page,
            controls=self.control_states(),
            countdowns=self.countdowns_shown(),
            alerts=self.alerts(),
            checks=self.checks_shown() if page is Page.CHECK else {},
            devices=self.devices_shown() if listing else self.face_camera(),
            attachments=self.attachments_shown() if page in (Page.ATTACHMENTS, Page.LOBBY) else (),
            binding=self.binding_shown() if self.shows_binding() else None,
            question=self.question_shown(),
            upload=self.upload_shown(),
            network=self.network(),
            text=self.text(),
        )
