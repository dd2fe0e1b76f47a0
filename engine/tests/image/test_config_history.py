import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.image.config import ConfigError, Healthcheck, ImageConfig
from engine.image.history import History

texts = st.text(max_size=6)
configs = st.builds(
    ImageConfig,
    env=st.lists(texts.map(lambda name: name.replace("=", "") + "=v"), max_size=3).map(tuple),
    cmd=st.none() | st.lists(texts, min_size=1, max_size=3).map(tuple),
    entrypoint=st.none() | st.lists(texts, min_size=1, max_size=3).map(tuple),
    working_dir=texts,
    user=texts,
    exposed_ports=st.sets(texts, max_size=3).map(lambda ports: tuple(sorted(ports))),
    volumes=st.sets(texts, max_size=3).map(lambda paths: tuple(sorted(paths))),
    labels=st.dictionaries(texts, texts, max_size=3).map(lambda labels: tuple(sorted(labels.items()))),
    shell=st.none() | st.lists(texts, min_size=1, max_size=3).map(tuple),
    stop_signal=texts,
    healthcheck=st.none() | st.builds(Healthcheck, test=st.just(("CMD", "x")), retries=st.integers(0, 9)),
    on_build=st.lists(texts, max_size=2).map(tuple),
    args_escaped=st.booleans(),
)


@settings(max_examples=50)
@given(configs)
def test_json_round_trip_keeps_every_field(config: ImageConfig) -> None:
    assert ImageConfig.from_json(config.to_json()) == config


def test_env_is_replaced_in_place() -> None:
    config = ImageConfig(env=("A=1", "B=2")).with_env("A", "3").with_env("C", "4")
    assert config.env == ("A=3", "B=2", "C=4")
    assert config.env_value("A") == "3"
    assert config.env_value("D") is None


@pytest.mark.parametrize("field, value", [("Env", "A=1"), ("Cmd", [1]), ("Labels", {"a": 1}), ("User", 3)])
def test_wrong_types_are_refused(field: str, value: object) -> None:
    with pytest.raises(ConfigError):
        ImageConfig.from_json({field: value})


def test_history_round_trip_and_types() -> None:
    row = History("2026-01-02T03:04:05Z", "RUN x", comment="c", empty_layer=True, author="me")
    assert History.from_json(row.to_json()) == row
    with pytest.raises(ConfigError):
        History.from_json({"empty_layer": "yes"})
