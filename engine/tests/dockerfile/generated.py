"""Dockerfiles made up by chance, for tests that compare."""

from hypothesis import strategies as st

_KEYWORDS = (
    *("FROM", "RUN", "CMD", "ENTRYPOINT", "ENV", "LABEL", "COPY", "ADD", "ARG", "USER", "WORKDIR", "VOLUME"),
    *("EXPOSE", "SHELL", "STOPSIGNAL", "HEALTHCHECK", "ONBUILD", "MAINTAINER", "FOO"),
)
_WORDS = st.sampled_from(
    [
        *(
            "a",
            "b c",
            "A=1",
            "B=x y",
            'C="q r"',
            "D='s",
            "$A",
            "${B:-x}",
            "\\",
            "\\ ",
            "`",
            "--flag",
            "--f=v",
        ),
        *("=", "\t", "  ", "[", '["x"', "é", "#", "# no comment", "<<EOF", "<<-E", "<<'F'", "<", "&&", "\\n"),
        *('"', "CMD", "NONE"),
    ]
)
_KEYWORD = st.sampled_from(_KEYWORDS).flatmap(
    lambda word: st.sampled_from([word, word.lower(), word.title()])
)
_GAP = st.sampled_from([" ", "  ", "\t", " \\\n", " \\ \n  ", " \\\n# comment\n", " \\\n\n", ""])
_LINE = st.builds(
    lambda keyword, pieces: keyword + "".join(gap + word for gap, word in pieces),
    _KEYWORD,
    st.lists(st.tuples(_GAP, _WORDS), max_size=5),
)
# Nothing follows an array: older parsers passed over what did, newer ones do not.
_ARRAY_LINE = st.builds(
    "{} {}{}{}".format,
    _KEYWORD | st.sampled_from(["ONBUILD run", "HEALTHCHECK CMD", "COPY --from=a"]),
    st.sampled_from(["", "\\\n", "  \\\n# comment\n\t"]),
    st.sampled_from(
        ['["a","b"]', '["a", 1]', "[]", '[ "é\\u0041\\n" ]', '["a"', "['a']", '["a",]', "[[]]", "[1e999]"]
    ),
    st.sampled_from(["", " ", "\t"]),
)
_FILLER = st.sampled_from(["", "# comment", "  # indented", "EOF", "E", "F", "   ", "#"])
_HEAD = st.sampled_from(
    ["", "\ufeff", "# escape=`\n", "# syntax=x\n# escape=\\\n", "# other=1\n# escape=`\n", "# escape=x\n"]
)

dockerfiles = st.builds(
    lambda head, lines, end: head + end.join(lines) + end,
    _HEAD,
    st.lists(_LINE | _LINE | _ARRAY_LINE | _FILLER, min_size=1, max_size=8),
    st.sampled_from(["\n", "\r\n"]),
)
