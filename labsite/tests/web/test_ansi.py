"""Terminal output as HTML."""

import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from labsite.web.ansi import ansi_to_html, settle


def test_colours_become_classes_and_reset_ends_them() -> None:
    assert ansi_to_html("\x1b[34m#1\x1b[0m ok") == '<span class="t-blue">#1</span> ok'
    assert (
        ansi_to_html("\x1b[1;31mno\x1b[22m!")
        == '<span class="t-bold t-red">no</span><span class="t-red">!</span>'
    )


def test_other_escapes_vanish() -> None:
    assert ansi_to_html("\x1b[2K\x1b[1Aa\x1b]0;title\x07b\x1b(Bc\x07") == "abBc"


def test_markup_is_text() -> None:
    assert ansi_to_html("<script>&") == "&lt;script&gt;&amp;"


def test_direction_overrides_are_shown() -> None:
    assert ansi_to_html("a\u202etxt.exe") == "a\ufffdtxt.exe"


@given(st.text(alphabet=st.sampled_from("\x1b[0;31mK<>&'\"ab\r\n\x07]"), max_size=60))
def test_no_text_makes_other_tags_than_spans(text: str) -> None:
    html = ansi_to_html(text)
    assert set(re.findall(r"<[^>]*>", html)) <= {
        m for m in re.findall(r"<[^>]*>", html) if re.fullmatch(r'</span>|<span class="[a-z -]+">', m)
    }
    assert "\x1b" not in unescape(html)


def test_a_rewritten_line_shows_its_last_form() -> None:
    assert settle("10%\r50%\rdone\nnext\r\n") == "done\nnext\n"
