import pytest

from engine.build.ops import BaseImage, Operation
from engine.dockerfile.dockerignore import IgnoreMatcher
from engine.dockerfile.frontend import FrontendOptions, compile_dockerfile
from engine.dockerfile.lint import (
    CheckOptionError,
    CheckOptions,
    Finding,
    LintSubject,
    Rule,
    lint,
    options_of,
    rules,
)
from engine.image.config import ImageConfig


def _resolve(written: str, platform: str) -> BaseImage:
    return BaseImage(f"docker.io/library/{written}:latest", ImageConfig())


def _findings(text: str, ignore: str | None = None, **options: bool) -> tuple[Finding, ...]:
    result = compile_dockerfile(text, FrontendOptions(tolerant=True), _resolve)
    matcher = None if ignore is None else IgnoreMatcher.from_file(ignore)
    return lint(LintSubject(result, matcher, has_context=True), options_of(text), **options).findings


@pytest.mark.parametrize("one", rules().values(), ids=lambda one: one.slug)
def test_every_rule_finds_its_bad_example_and_not_its_good_one(one: Rule) -> None:
    assert one.name in {finding.rule for finding in _findings(one.bad, one.ignore)}
    assert one.name not in {finding.rule for finding in _findings(one.good, one.good_ignore)}
    assert (one.url == "") is one.own


def test_addresses_of_dockers_rules() -> None:
    assert rules()["JSONArgsRecommended"].url.endswith("/rule/json-args-recommended/")
    assert rules()["SecretsUsedInArgOrEnv"].url.endswith("/rule/secrets-used-in-arg-or-env/")


def test_rules_are_switched_off_for_a_file_or_an_instruction() -> None:
    text = "FROM busybox\nMAINTAINER a\nENV A b\n"
    assert [one.rule for one in _findings(text)] == ["MaintainerDeprecated", "LegacyKeyValueFormat"]
    assert _findings("# check=skip=all\n" + text) == ()
    local = text.replace("ENV", "# check=skip=LegacyKeyValueFormat // for a reason\nENV")
    assert [one.rule for one in _findings(local)] == ["MaintainerDeprecated"]


def test_findings_can_be_errors() -> None:
    text = "# check=error=true\nFROM busybox\nMAINTAINER a\n"
    result = compile_dockerfile(text, FrontendOptions(), _resolve)
    assert lint(LintSubject(result), options_of(text)).error == (
        "lint violation found for rules: MaintainerDeprecated"
    )


def test_a_build_argument_replaces_the_directive() -> None:
    options = options_of("# check=skip=all\nFROM a\n", {"BUILDKIT_DOCKERFILE_CHECK": "skip=A,B;error=true"})
    assert options == CheckOptions(skip=frozenset({"A", "B"}), error=True)


@pytest.mark.parametrize("text", ["skip", "error=maybe", "shout=all"])
def test_malformed_check_options_are_refused(text: str) -> None:
    with pytest.raises(CheckOptionError, match="failed to parse check options: "):
        options_of(f"# check={text}\nFROM a\n")


def test_strict_checks_end_at_the_first_error_as_dockers_do() -> None:
    text = "FROM busybox AS Base\nMAINTAINER a\nBADCMD\nMAINTAINER b\nCMD x\n"
    result = compile_dockerfile(text, FrontendOptions(), _resolve)
    checked = lint(LintSubject(result), options_of(text), strict=True)
    assert [(one.rule, one.line) for one in checked.findings] == [
        ("StageNameCasing", 1),
        ("MaintainerDeprecated", 2),
    ]
    assert checked.error == "dockerfile parse error on line 3: unknown instruction: BADCMD"


def test_own_rules_can_be_left_out() -> None:
    text = "FROM debian\nRUN apt-get update\nRUN apt-get install -y x\n"
    assert {one.rule for one in _findings(text)} == {"PackageIndexUpdateApart", "PackageListsLeftBehind"}
    assert _findings(text, own=False) == ()


def test_costs_are_asked_for_and_counted() -> None:
    text = "FROM busybox\nCOPY . /app\nRUN npm ci\nRUN rm -rf /app/docs\nWORKDIR /app\n"
    asked: list[tuple[str, tuple[str, ...]]] = []

    def stored(operation: Operation, paths: tuple[str, ...]) -> int:
        asked.append((operation.keyword, paths))
        return 4_500

    result = compile_dockerfile(text, FrontendOptions(), _resolve)
    found = {one.rule: one for one in lint(LintSubject(result, stored=stored), CheckOptions()).findings}
    assert asked == [("COPY", ("/app/docs",))]
    deletion, order = found["DeletedInLaterLayer"].cost, found["CopyBeforeInstall"].cost
    assert deletion is not None and deletion.stored == 4_500
    assert order is not None
    assert order.rebuilt_steps == ("[3/5] RUN npm ci", "[4/5] RUN rm -rf /app/docs", "[5/5] WORKDIR /app")


@pytest.mark.parametrize(
    "text, rule",
    [
        ("FROM a\nCOPY . .\nRUN pip install .\n", "CopyBeforeInstall"),
        ("FROM a\nARG VERSION\nCOPY x$VERSION /y\n", "UndefinedVar"),
        ("FROM a\nRUN touch /x && rm /x\n", "DeletedInLaterLayer"),
        ("FROM a AS b\nRUN apt-get update\nFROM a\nCOPY --from=b /x /y\n", "PackageListsLeftBehind"),
        ("FROM a\nRUN --mount=type=cache,target=/var/lib/apt apt-get update\n", "PackageListsLeftBehind"),
        ("FROM a\nRUN apk add --no-cache curl\n", "PackageListsLeftBehind"),
        ("FROM a\nCOPY x /srv/\nRUN chmod 755 /usr/bin/y\n", "OwnershipChangedAfterCopy"),
        ("FROM a\nCOPY .env.example /app/\n", "SecretInLayer"),
        ("FROM a AS b\nFROM a\nCOPY --from=b id_rsa /\n", "SecretInLayer"),
        ("FROM a\nRUN apt-get update && apt-get install -y x\n", "PackageIndexUpdateApart"),
    ],
)
def test_rules_stay_silent_where_nothing_is_wrong(text: str, rule: str) -> None:
    assert rule not in {one.rule for one in _findings(text)}


def test_deletions_are_found_through_directories_and_wildcards() -> None:
    text = (
        "FROM a\nWORKDIR /w\nCOPY x /data/\nRUN apt-get update\nRUN rm -r /data/* /var/lib/apt/lists/* ./x\n"
    )
    details = [one.detail for one in _findings(text) if one.rule == "DeletedInLaterLayer"]
    assert details == [
        "/data is deleted here, but the layer of line 3 still stores it",
        "/var/lib/apt/lists is deleted here, but the layer of line 4 still stores it",
    ]
