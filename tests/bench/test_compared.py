"""A bar of the comparison is held or not by the median of the rounds, each beside its neighbour."""

from tests.bench.engine.compared import Row


def row(leases: list[float], engine: list[float], **bar: float) -> Row:
    return Row("a claim", {"leases": leases, "engine": engine}, "{:.1f} ms", **bar)  # type: ignore[arg-type]


def test_a_ratio_is_the_median_of_the_rounds_and_not_of_the_sums() -> None:
    assert row([1.0, 10.0, 2.0], [2.0, 11.0, 6.0]).ratio == 2.0


def test_a_bar_of_times_is_held_up_to_it_and_not_above() -> None:
    assert row([2.0], [2.5], most=1.25).bar == "at most 1.25 times: holds"
    assert row([2.0], [2.6], most=1.25).bar == "at most 1.25 times: **does not**"


def test_what_the_engine_has_to_reach_is_asked_of_it_alone() -> None:
    assert row([100.0], [500.0], at_least=500).bar == "at least 500: holds"
    assert row([900.0], [499.0], at_least=500).bar == "at least 500: **does not**"


def test_a_machine_on_which_neither_reaches_it_says_nothing_of_the_engine() -> None:
    assert row([300.0], [310.0], at_least=500).bar == "at least 500: neither does"


def test_nothing_may_be_lost_in_any_round() -> None:
    lost = Row("lost", {"leases": [0, 0], "engine": [0, 1]}, "{:.0f}", below=1, of=sum)
    assert lost.bar == "none: **does not**"
    assert lost.cells() == ["lost", "0", "1", "", "none: **does not**"]
