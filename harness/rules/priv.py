"""Rules about personal details and secrecy (notice, section seven, notes two and four). The question's own are in `question.py`."""

from __future__ import annotations

from harness.core.events import Contacted, Operation, ProcessChanged, Recorded, Served, TlsTried
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import ROLES, Role, Stream
from harness.rules.end import released
from harness.rules.facts import ending, entered, error_of, horizon, read
from harness.rules.media import OF, arrivals, held
from harness.rules.rule import Need, rule
from harness.rules.weigh import every


@rule("PRIV-2", Need.RECORDINGS)
def recordings_name_nobody(timeline: Timeline, script: Script) -> Verdict:
    """No recording that the service holds carries a personal detail or a device's label in its names, metadata or container."""
    labels = [spec.label for spec in script.devices]
    looked: list[Recorded] = []
    for event in timeline.of(Recorded):
        data = read(Recorded, event)
        named = [label for label in labels if any(label in value for value in data.footage.metadata.values())]
        found = [*data.footage.personal, *named]
        if found:
            return Broken(
                reason=f"the {data.stream} recording carries {found[0]!r} beside its picture and sound",
                margin=Margin(-len(found), "count"),
                evidence=(event,),
            )
        if data.footage.problem is None and data.length:
            looked.append(data)
    streams = {data.stream for data in looked}
    if streams != set(Stream):
        return Unobserved(reason="not every recording of the interview is held and could be looked into")
    return Kept(
        reason=f"{len(streams)} recordings carry no personal detail and no device's label",
        margin=Margin(0, "count"),
        evidence=tuple(event for event in timeline.of(Recorded))[:3],
    )


@rule("PRIV-3", Need.SERVICE, Need.NETWORK)
def talks_to_the_plan_s_hosts_alone(timeline: Timeline, script: Script) -> Verdict:
    """Both clients talk to the addresses that they were given and to hosts of the plan, and no request's address holds a credential.

    Over HTTP sockets are looked at from time to time: a connection that came and went in between is not seen.
    """
    strange = timeline.first(Contacted, lambda data: not data.own and data.host not in script.plan.hosts)
    if strange is not None:
        data = read(Contacted, strange)
        return Broken(
            reason=f"the {data.role} talked to {data.host}:{data.port}, which is none of the plan's hosts",
            margin=Margin(-1, "count"),
            evidence=(strange,),
        )
    told = timeline.first(Served, lambda data: bool(data.detail.get("url_holds")))
    if told is not None:
        served = read(Served, told)
        return Broken(
            reason=f"the address of a request ({served.operation}) held a credential or an identity: {served.detail['url_holds']}",
            margin=Margin(-1, "count"),
            evidence=(told,),
        )
    first = {role: timeline.first(Contacted, role=role, own=True) for role in ROLES}
    asking = {data.role for data in timeline.data(Served)}
    missing = next((role for role in ROLES if first[role] is None or role not in asking), None)
    if missing is not None:
        return Unobserved(reason=f"the {missing} was not seen to talk to the service")
    start, end = timeline.first(ProcessChanged, change="started"), horizon(timeline, "network")
    watched = (timeline.watched(what, start.at_ms, end) for what in ("network", "service") if start and end is not None)
    if start is None or end is None or not all(watched):
        return Unobserved(reason="nobody watched the network and the service all the time")
    return Kept(
        reason=f"{len(timeline.of(Contacted))} address(es), all given or of the plan's hosts; no address held a credential",
        margin=Margin(0, "count"),
        evidence=tuple(event for event in first.values() if event is not None),
    )


@rule("PRIV-5", Need.NETWORK, Need.TLS)
def an_invalid_certificate_is_refused(timeline: Timeline, script: Script) -> Verdict:
    """Where the service's certificate is not valid, no request goes out over it, and none without TLS (loopback apart).

    The laptop has to have tried: a client that never connects refuses nothing.
    """
    if not script.certificate:
        return Unobserved(reason="the service showed no invalid certificate in this run")
    tried = timeline.of(TlsTried)
    for event in tried:
        data = read(TlsTried, event)
        if data.outcome in ("used", "plaintext"):
            how = "over it" if data.outcome == "used" else "without TLS"
            return Broken(
                reason=f"the certificate was {script.certificate}, and the {data.role} sent a request {how}",
                margin=Margin(-1, "count"),
                evidence=(event,),
            )
    first, end = timeline.first(TlsTried, role=Role.LAPTOP), horizon(timeline, "network")
    if first is None:
        return Unobserved(reason="the laptop did not try to reach the service")
    until = first.at_ms + script.plan.limits.stall + script.plan.limits.reaction
    if end is None or end < until or not timeline.watched("network", first.at_ms, until):
        return Unobserved(reason="nobody watched the network for long enough after the first try")
    return Kept(
        reason=f"the certificate was {script.certificate}: {len(tried)} connection(s) were given up, and no request was sent",
        margin=Margin(len(tried), "count"),
        evidence=(first, tried[-1]),
    )


@rule("PRIV-6", Need.SERVICE, Need.DEVICES, Need.RECORDINGS)
def nothing_before_and_nothing_after(timeline: Timeline, script: Script) -> Verdict:
    """Before the entry no camera or screen recording is begun at the service, and after the end the laptop's devices are released."""
    entry, end = entered(timeline), ending(timeline, script)
    came = arrivals(timeline, *OF[Role.LAPTOP])
    asked = timeline.of(Served, operation=Operation.UPLOAD_CREATE, role=Role.LAPTOP)
    first = min([*came, *asked], key=lambda event: event.at_ms, default=None)
    if first is None:
        return Unobserved(reason="camera and screen were never uploaded")
    if entry is None or first.at_ms < entry.at_ms - error_of(first, entry):
        gap = "nobody had entered" if entry is None else f"{show(entry.at_ms - first.at_ms)} before the entry"
        return Broken(
            reason=f"camera or screen was uploaded at {show_moment(first.at_ms)}: {gap}",
            margin=None if entry is None else Margin(first.at_ms - entry.at_ms),
            evidence=(first,),
        )
    begins = min((e.at_ms for e in timeline.of(Served, role=Role.LAPTOP)), default=entry.at_ms)
    if not timeline.watched("service", begins, entry.at_ms):
        return Unobserved(reason="nobody watched the service up to the entry")
    if end is None or all(held(timeline, stream) is None for stream in OF[Role.LAPTOP]):
        return Unobserved(reason="the interview did not come to its end")
    before = Kept(
        reason=f"entered at {show_moment(entry.at_ms)}, first upload of camera or screen at {show_moment(first.at_ms)}",
        margin=Margin(max(0, first.at_ms - entry.at_ms)),
        evidence=(entry, first),
    )
    return every(
        [before, released(timeline, end) or Unobserved(reason="whether devices were opened was not observed")], ""
    )
