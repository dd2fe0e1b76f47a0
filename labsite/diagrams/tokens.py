"""The colours of every diagram: one hex value in DOT for one design token of the page.

DOT only knows colours, so each token is written as a hex value that nothing else uses. After rendering
the value becomes ``var(--token, hex)``: one SVG serves light, dark, high contrast and print, and a file
opened outside the page still has the light colours.
"""

TOKENS = {
    "ink": "#152033",
    "ink2": "#4b586a",
    "panel": "#ffffff",
    "wash": "#f6f8fb",
    "line": "#d5dce5",
    "track": "#e9edf2",
    "base": "#e2e8f0",
    "basee": "#586981",
    "shared": "#cfeee6",
    "sharede": "#0d7268",
    "own": "#dde3fe",
    "owne": "#3f4dcd",
    "rw": "#fff1cc",
    "rwe": "#8f5f00",
    "hit": "#daf4e1",
    "hite": "#187034",
    "miss": "#ffe6d0",
    "misse": "#a84300",
    "new": "#eae0ff",
    "newe": "#6527cf",
    "gone": "#fde2df",
    "gonee": "#ae2017",
    "focus": "#1d4ed8",
    "ghost": "#f4f6f9",
    "ghoste": "#8793a4",
    "look": "#fdf6c9",
    "hatch": "#f9d5d1",
}
"""Token name (a CSS custom property without its dashes) -> the hex value that stands for it in DOT."""

TOKEN_OF = {value: name for name, value in TOKENS.items()}
assert len(TOKEN_OF) == len(TOKENS), "two tokens with one hex value could not be told apart"

SANS = "Liberation Sans"
MONO = "Liberation Mono"

FONTS = {
    SANS: "Liberation Sans,Arimo,Arial,Helvetica,sans-serif",
    MONO: "Liberation Mono,Cousine,Courier New,monospace",
}
"""The families DOT is measured with -> families of the same widths on other systems."""
