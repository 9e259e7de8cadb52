"""The network of virtual time: what each fault does to a request and its reply, by example and for any disturbances at all."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.network.direct import Delivery, DirectNetwork, head_size
from harness.network.faults import CUTTING, KINDS, Disturbance, Fault, Schedule
from harness.protocol.messages import Request, Response

PATCH = Request(method="PATCH", path="/v1/uploads/1", headers={"upload-offset": "0"}, body=b"x" * 100_000)
GET = Request(method="GET", path="/v1/time")
OK = Response(status=200, body=b"{}")
STALL = 3_000


def network(*disturbances: Disturbance, seed: int = 0) -> DirectNetwork:
    return DirectNetwork(Schedule(disturbances), seed=seed)


def at_once(delivery: Delivery) -> tuple[int, Response] | None:
    assert delivery.request_arrives_ms is not None
    return delivery.request_arrives_ms, OK


def deliver(net: DirectNetwork, now: int, request: Request) -> Delivery:
    return net.deliver(now, request, timeout_ms=STALL, handle=at_once)


def test_an_undisturbed_request_takes_the_latency_each_way_and_the_time_of_its_bytes() -> None:
    small = deliver(network(), 1_000, GET)
    assert (small.request_arrives_ms, small.reply_arrives_ms, small.failure) == (1_006, 1_012, None)
    large = deliver(network(), 1_000, PATCH)
    assert large.body_bytes == 100_000
    assert large.request_arrives_ms == 1_046  # 5 ms, and 100 kB at 20 Mbit/s


def test_without_a_network_the_service_is_unreachable_at_once() -> None:
    net = network(Disturbance(Fault("down"), 500, 1_500))
    refused = deliver(net, 1_000, PATCH)
    assert (refused.failure, refused.failed_ms, refused.request_arrives_ms) == ("unreachable", 1_000, None)
    assert deliver(net, 1_500, PATCH).failure is None
    assert deliver(net, 400, PATCH).failure is None


def test_a_network_that_goes_down_cuts_a_body_where_it_stands() -> None:
    cut = deliver(network(Disturbance(Fault("down"), 1_025)), 1_000, PATCH)
    assert (cut.failure, cut.failed_ms, cut.request_arrives_ms) == ("reset", 1_025, 1_025)
    assert cut.body_bytes == 50_000 - head_size(PATCH)  # 20 ms of 2.5 MB/s


def test_what_becomes_known_in_flight_is_decided_by_asking_again() -> None:
    net = network()
    before = net.send(1_000, PATCH, timeout_ms=STALL)
    assert before.request_arrives_ms == 1_046
    net.disturb(Fault("down"), 1_030)
    assert net.schedule.interrupted(1_000, 1_046) == 1_030
    assert net.schedule.interrupted(1_030, 1_046) is None
    after = net.send(1_000, PATCH, timeout_ms=STALL)
    assert (after.failure, after.failed_ms) == ("reset", 1_030)


def test_a_reply_is_lost_though_the_service_has_the_whole_request() -> None:
    net = network(Disturbance(Fault("down"), 1_047))
    lost = deliver(net, 1_000, PATCH)
    assert (lost.request_arrives_ms, lost.body_bytes) == (1_046, 100_000)
    assert (lost.reply_arrives_ms, lost.failure, lost.failed_ms) == (None, "reset", 1_047)


def test_a_half_open_connection_is_given_up_by_the_clients_own_time_out() -> None:
    net = network(Disturbance(Fault("timeout"), 500))
    hole = deliver(net, 1_000, PATCH)
    assert (hole.request_arrives_ms, hole.failure, hole.failed_ms) == (None, "timeout", 1_000 + STALL)
    begun = deliver(network(Disturbance(Fault("timeout"), 1_025)), 1_000, PATCH)
    assert (begun.request_arrives_ms, begun.failure, begun.failed_ms) == (1_025, "timeout", 1_025 + STALL)


def test_a_half_open_connection_is_reset_when_the_fault_is_over_or_after_its_value() -> None:
    over = deliver(network(Disturbance(Fault("timeout"), 500, 2_000)), 1_000, PATCH)
    assert (over.failure, over.failed_ms) == ("reset", 2_000)
    valued = deliver(network(Disturbance(Fault("timeout", 700), 500)), 1_000, PATCH)
    assert (valued.failure, valued.failed_ms) == ("reset", 1_700)


def test_a_connection_is_reset_so_long_after_it_began() -> None:
    net = network(Disturbance(Fault("reset_peer", 20), 500))
    assert (deliver(net, 1_000, PATCH).failed_ms, deliver(net, 1_000, GET).failure) == (1_020, None)
    now = deliver(network(Disturbance(Fault("reset_peer"), 500)), 1_000, GET)
    assert (now.failure, now.failed_ms, now.request_arrives_ms) == ("reset", 1_000, None)


def test_a_limit_of_data_cuts_the_body_at_its_byte() -> None:
    cut = deliver(network(Disturbance(Fault("limit_data", 40_000), 0)), 1_000, PATCH)
    assert cut.failure == "reset"
    assert cut.body_bytes is not None
    assert abs(cut.body_bytes - (40_000 - head_size(PATCH))) < 2_500  # what moves in a millisecond
    assert deliver(network(Disturbance(Fault("limit_data", 40_000), 0)), 1_000, GET).failure is None


def test_a_slow_network_that_moves_is_not_given_up() -> None:
    slow = deliver(network(Disturbance(Fault("bandwidth", 10_000), 0)), 1_000, PATCH)
    assert slow.failure is None
    assert slow.request_arrives_ms is not None
    assert slow.request_arrives_ms > 1_000 + 10_000


def test_a_bandwidth_that_comes_back_lets_the_rest_through() -> None:
    net = network(Disturbance(Fault("bandwidth", 1_000), 0, 11_005))
    sent = net.send(1_000, PATCH, timeout_ms=STALL)
    assert sent.request_arrives_ms == 11_005 + -(-(100_000 + head_size(PATCH) - 10_000) // 2_500)


def test_a_latency_beyond_the_clients_patience_is_a_time_out_and_the_body_arrives_all_the_same() -> None:
    late = deliver(network(Disturbance(Fault("latency", 2_000), 0)), 1_000, PATCH)
    assert (late.body_bytes, late.failure) == (100_000, "timeout")
    assert late.failed_ms == late.gives_up_ms == 1_041 + STALL


def test_a_service_that_never_answers_is_given_up() -> None:
    given_up = network().deliver(0, GET, timeout_ms=STALL, handle=lambda _: None)
    assert (given_up.failure, given_up.failed_ms) == ("timeout", given_up.silent_ms + STALL)


def test_a_push_arrives_unless_the_stream_broke_before() -> None:
    net = network(Disturbance(Fault("down"), 2_000, 3_000))
    assert net.push(0, 1_000, 200) == 1_006
    assert net.push(0, 1_998, 200) is None
    assert net.push(0, 4_000, 200) is None  # the stream is gone, though the network is back
    assert net.push(3_000, 4_000, 200) == 4_006
    assert (net.breaks(0), net.breaks(3_000)) == (2_000, None)


def test_jitter_varies_the_latency_and_is_the_same_for_the_same_seed() -> None:
    def arrivals(seed: int) -> list[int | None]:
        net = network(Disturbance(Fault("latency", 100, jitter_ms=50), 0), seed=seed)
        return [net.send(now, GET, timeout_ms=STALL).request_arrives_ms for now in range(0, 2_000, 100)]

    took = [(arrives or 0) - sent for arrives, sent in zip(arrivals(1), range(0, 2_000, 100), strict=True)]
    assert min(took) >= 55
    assert max(took) <= 157
    assert len(set(took)) > 5
    assert arrivals(1) == arrivals(1) != arrivals(2)


def faults() -> st.SearchStrategy[Fault]:
    return st.builds(Fault, st.sampled_from(KINDS), st.integers(1, 60_000))


def disturbances() -> st.SearchStrategy[list[Disturbance]]:
    def made(fault: Fault, begins: int, lasts: int | None) -> Disturbance:
        return Disturbance(fault, begins, None if lasts is None else begins + lasts)

    one = st.builds(made, faults(), st.integers(-3_000, 3_000), st.one_of(st.none(), st.integers(1, 4_000)))
    return st.lists(one, max_size=5)


@settings(deadline=None, max_examples=300)
@given(disturbances(), st.integers(0, 200_000), st.integers(0, 2_000))
def test_any_request_has_one_outcome_in_the_order_of_time(known: list[Disturbance], size: int, thinks: int) -> None:
    request = Request(method="PATCH", path="/v1/uploads/1", body=b"x" * size)
    net = network(*known)

    def handle(delivery: Delivery) -> tuple[int, Response] | None:
        assert delivery.request_arrives_ms is not None
        return delivery.request_arrives_ms + thinks, OK

    found = net.deliver(0, request, timeout_ms=STALL, handle=handle)
    assert (found.failure is None) == (found.reply_arrives_ms is not None)
    assert (found.failure is None) == (found.failed_ms is None)
    assert (found.body_bytes is None) == (found.request_arrives_ms is None)
    if found.body_bytes is not None and found.request_arrives_ms is not None:
        assert 0 <= found.body_bytes <= size
        assert found.request_arrives_ms >= 0
    if found.reply_arrives_ms is not None and found.request_arrives_ms is not None:
        assert found.body_bytes == size
        assert found.reply_arrives_ms >= found.request_arrives_ms + thinks
    if found.failed_ms is not None:
        assert 0 <= found.failed_ms <= found.gives_up_ms
    if found.failure in ("unreachable", "reset"):
        assert any(each.fault.kind in CUTTING or each.fault.kind == "limit_data" for each in known)
    assert net.deliver(0, request, timeout_ms=STALL, handle=handle) == found


@settings(deadline=None, max_examples=200)
@given(disturbances(), faults(), st.integers(0, 200_000))
def test_what_begins_after_a_request_is_through_does_not_change_it(
    known: list[Disturbance], later: Fault, size: int
) -> None:
    request = Request(method="PATCH", path="/v1/uploads/1", body=b"x" * size)
    net = network(*known)
    found = deliver(net, 0, request)
    through = found.reply_arrives_ms if found.reply_arrives_ms is not None else found.failed_ms
    assert through is not None
    arrived = found.request_arrives_ms or 0
    net.disturb(later, max(through, arrived) + 1)
    assert deliver(net, 0, request) == found


@settings(deadline=None, max_examples=200)
@given(disturbances(), st.integers(0, 200_000))
def test_a_cut_body_is_the_part_that_moved_until_the_cut(known: list[Disturbance], size: int) -> None:
    request = Request(method="PATCH", path="/v1/uploads/1", body=b"x" * size)
    found = network(*known).send(0, request, timeout_ms=STALL)
    clear = network(*[each for each in known if each.fault.kind not in {*CUTTING, "limit_data"}])
    whole = clear.send(0, request, timeout_ms=STALL)
    assert whole.failure is None
    assert whole.request_arrives_ms is not None
    if found.request_arrives_ms is not None:
        assert found.request_arrives_ms <= whole.request_arrives_ms
        if found.failure is None:
            assert found.request_arrives_ms == whole.request_arrives_ms
