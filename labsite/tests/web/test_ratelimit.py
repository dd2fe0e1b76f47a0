"""Token buckets."""

from labsite.web.ratelimit import MOST_ASKERS, TokenBuckets


def test_a_burst_then_the_sustained_rate() -> None:
    buckets = TokenBuckets(per_second=2, burst=3)
    assert [buckets.wait("a", now=0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.wait("a", now=0.5) == 0
    assert buckets.wait("a", now=0.5) == 0.5


def test_askers_do_not_share() -> None:
    buckets = TokenBuckets(per_second=1, burst=1)
    assert buckets.wait("a", now=0) == 0
    assert buckets.wait("b", now=0) == 0
    assert buckets.wait("a", now=0) == 1


def test_memory_is_bounded() -> None:
    buckets = TokenBuckets(per_second=1, burst=1)
    for number in range(MOST_ASKERS + 50):
        buckets.wait(str(number), now=0)
    assert len(buckets._buckets) == MOST_ASKERS
