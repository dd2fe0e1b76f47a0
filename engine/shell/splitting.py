"""Field splitting of what ``read`` reads (POSIX ``read``, with 2.6.5)."""

_BLANKS = " \t\n"


def split_fields(text: str, escaped: set[int], separators: str, limit: int | None) -> list[str]:
    """Split what ``read`` read: characters at ``escaped`` never separate.

    The last of ``limit`` fields has the rest, without blanks at its end.
    """
    blank = {character for character in separators if character in _BLANKS}

    def after_blanks(position: int) -> int:
        while position < end and text[position] in blank and position not in escaped:
            position += 1
        return position

    end = len(text)
    while end and text[end - 1] in blank and end - 1 not in escaped:
        end -= 1
    position = after_blanks(0)
    fields: list[str] = []
    while position < end:
        start = position
        while position < end and (text[position] not in separators or position in escaped):
            position += 1
        after = after_blanks(position)
        if after < end and text[after] in separators and after not in escaped:
            after = after_blanks(after + 1)
        if limit is not None and len(fields) == limit - 1:
            fields.append(text[start : position if after >= end else end])
            return fields
        fields.append(text[start:position])
        position = after
    return fields
