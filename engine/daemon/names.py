"""Ids and container names: they look random and are not, so that a replay gives the same ones."""

from hashlib import sha256

_MOODS = """
agile amber bold brave breezy bright calm candid cheerful clever cosmic crisp curious daring dapper
eager earnest fearless festive gentle gifted graceful happy hopeful humble jolly jovial keen kind
lively lucid merry mellow modest nimble noble patient placid plucky polite proud quiet radiant
serene sharp silent sincere sleepy smart snug spirited steady sunny swift tender trusty upbeat vivid
warm wise witty zealous zen
"""
_PEOPLE = """
abel adams agnesi archimedes babbage bartik bell bhabha bohr booth borg bose boyd carson cerf clarke
cori cray curie darwin davinci dijkstra easley edison einstein elion engelbart euclid euler faraday
fermat fermi feynman franklin galileo gates gauss goldberg goodall hamilton hawking heisenberg
hodgkin hopper hypatia jackson jang jennings johnson joliot kalam kare keller kepler khorana kilby
knuth lamarr lamport leakey leavitt liskov lovelace mayer mcclintock meitner mendel mirzakhani morse
newton noether pare pasteur payne perlman poincare ramanujan ride ritchie shannon snyder sutherland
tesla thompson torvalds turing wozniak wright yalow
"""


_MOOD_WORDS, _PERSON_WORDS = _MOODS.split(), _PEOPLE.split()


def make_id(seed: str, kind: str, serial: int) -> str:
    """64 hex digits for the ``serial``-th thing of its kind on the machine with that seed."""
    return sha256(f"{seed}/{kind}/{serial}".encode()).hexdigest()


def container_name(identity: str) -> str:
    """A two-word name, as Docker gives a container that has none."""
    number = int(identity[:12], 16)
    mood = _MOOD_WORDS[number % len(_MOOD_WORDS)]
    person = _PERSON_WORDS[number // len(_MOOD_WORDS) % len(_PERSON_WORDS)]
    return f"{mood}_{person}"
