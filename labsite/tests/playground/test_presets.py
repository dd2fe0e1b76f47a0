"""Every preset is complete and does what it says."""

import pytest
from django.conf import settings

from engine import session
from engine.content import StackedStore
from labsite.playground.presets import Preset, presets
from labsite.workspaces.store import shared_store


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.slug)
def test_words_in_every_language(preset: Preset) -> None:
    codes = {code for code, _name in settings.LANGUAGES}
    assert set(preset.titles) == set(preset.summaries) == codes


@pytest.mark.django_db
@pytest.mark.parametrize("preset", [p for p in presets() if p.command], ids=lambda preset: preset.slug)
def test_the_first_command_succeeds(preset: Preset) -> None:
    stack = StackedStore(shared_store())
    machine = session.with_files(session.new_machine(), preset.files, stack)
    step = session.execute(machine, session.RunLine(preset.command), stack)
    assert step.exit_code == 0, "".join(piece.text for piece in step.output)
    assert any(event.to_json()["event"] == "BuildFinished" for event in step.events)
