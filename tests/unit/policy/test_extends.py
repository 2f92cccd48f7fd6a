"""Policies that build on others: by name, by file, with parameters, and never from outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sigstore_instance import Key
from tests.unit.policy.factory import AMD64, image, signature
from tests.unit.policy.judging import judge
from tests.unit.policy.several import by, on_platform, one, said, written
from tests.unit.policy.test_document import GOOD
from verifier.errors import PolicyError
from verifier.limits import POLICY_EXTENDS
from verifier.model.digest import Digest
from verifier.model.finding import Verdict
from verifier.policy.document import load_policy, read_policy
from verifier.policy.shipped import names, shipped_bytes
from verifier.policy.values import Policy

BASE = written(["signature: {signers: [a]}"], signers=one("a"), name="base")
HEIR = "version: 1\nname: heir\n"


class Folder:
    """A folder of policies."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def heir(self, text: str, **others: str) -> Policy:
        """The policy ``heir.yaml``, beside ``others``."""
        for name, content in others.items():
            self.write(f"{name}.yaml", content)
        return read_policy(self.write("heir.yaml", HEIR + text), shipped=shipped_bytes)

    def refused(self, text: str, **others: str) -> PolicyError:
        """The error that the same gives."""
        with pytest.raises(PolicyError) as caught:
            self.heir(text, **others)
        return caught.value


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "policies")


def verdict(policy: Policy, *names: str) -> Verdict:
    statements = [signature(AMD64, signer=by(name)) for name in names]
    return judge(image(*statements), policies=[policy]).verdict


def test_an_heir_has_all_that_its_base_says(folder: Folder) -> None:
    policy = folder.heir("extends: [base.yaml]\n", base=BASE)
    assert policy.name == "heir"
    assert [pattern.text for pattern in policy.images] == ["ghcr.io/org/**"]
    assert list(policy.signers) == ["a"]
    assert verdict(policy, "a") is Verdict.PASS
    assert verdict(policy, "b") is Verdict.UNVERIFIED


def test_an_heir_adds_rules_and_replaces_images(folder: Folder) -> None:
    policy = folder.heir(
        "extends: [base.yaml]\nimages: [ghcr.io/org/app]\nrequire: [image-layers: {min: 9}]\n", base=BASE
    )
    assert [pattern.text for pattern in policy.images] == ["ghcr.io/org/app"]
    judgement = judge(image(signature(AMD64, signer=by("a"))), policies=[policy])
    assert said(judgement) == [("signature", "pass"), ("image-layers", "fail")]


def test_a_shipped_policy_is_extended_by_its_name(folder: Folder) -> None:
    policy = folder.heir("extends: [chainguard]\nrequire: [image-layers: {max: 20}]\n")
    assert "cgr.dev/chainguard/**" in {pattern.text for pattern in policy.images}
    assert policy.rules[-1].rule.id == "image-layers"
    error = folder.refused("extends: [chaingard]\n")
    assert error.place == f"{folder.root}/heir.yaml:3:11"
    assert error.message.endswith("no policy is called 'chaingard'")
    assert "chainguard" in names()


def test_a_file_called_like_a_shipped_policy_does_not_replace_it(folder: Folder) -> None:
    folder.write("chainguard", BASE)
    policy = folder.heir("extends: [chainguard]\n", chainguard=BASE)
    assert "cgr.dev/chainguard/**" in {pattern.text for pattern in policy.images}
    assert list(folder.heir("extends: [./chainguard.yaml]\n").signers) == ["a"]


@pytest.mark.parametrize(
    "text", ["extends: [heir.yaml]\n", "extends: [./heir.yaml]\n", "extends: [one.yaml]\n"]
)
def test_a_circle_is_an_error(folder: Folder, text: str) -> None:
    error = folder.refused(text, one=HEIR + "extends: [two.yaml]\n", two=HEIR + "extends: [one.yaml]\n")
    assert "extends itself" in error.message
    assert error.place is not None


def chain(folder: Folder, length: int) -> Policy:
    """A policy that builds on ``length`` others, one upon the other."""
    for number in range(length - 1):
        folder.write(f"p{number}.yaml", f"version: 1\nname: p{number}\nextends: [p{number + 1}.yaml]\n")
    folder.write(f"p{length - 1}.yaml", BASE)
    return folder.heir("extends: [p0.yaml]\n")


def test_depth_is_bounded(folder: Folder) -> None:
    assert verdict(chain(folder, POLICY_EXTENDS), "a") is Verdict.PASS
    with pytest.raises(PolicyError, match=f"more than {POLICY_EXTENDS} policies build one upon the other"):
        chain(folder, POLICY_EXTENDS + 1)


@pytest.mark.parametrize(
    ("name", "said_"),
    [
        ("../outside.yaml", "lies outside the policy's folder"),
        ("sub/../../outside.yaml", "lies outside the policy's folder"),
        ("/etc/passwd", "lies outside the policy's folder"),
        ("link.yaml", "lies outside the policy's folder"),
        ("folder/outside.yaml", "lies outside the policy's folder"),
        ("absent.yaml", "cannot read the policy"),
        ("sub/", "cannot read the policy"),
        ("https://example.com/base.yaml", "is an address, and nothing is fetched"),
        ("oci://example.com/base", "is an address, and nothing is fetched"),
        ("base", "no policy is called 'base'"),
        ("base\\0.yaml", "not a path that can be read"),
    ],
)
def test_nothing_is_read_from_elsewhere(folder: Folder, name: str, said_: str) -> None:
    (folder.root.parent / "outside.yaml").parent.mkdir(parents=True, exist_ok=True)
    (folder.root.parent / "outside.yaml").write_text(BASE)
    folder.write("sub/x.yaml", BASE)
    (folder.root / "link.yaml").symlink_to(folder.root.parent / "outside.yaml")
    (folder.root / "folder").symlink_to(folder.root.parent)
    error = folder.refused(f'extends: ["{name}"]\n', base=BASE)
    assert said_ in error.message
    assert error.place == f"{folder.root}/heir.yaml:3:11"


def test_a_link_inside_the_folder_is_no_way_out(folder: Folder) -> None:
    folder.write("real/base.yaml", BASE)
    (folder.root / "link.yaml").symlink_to(folder.root / "real" / "base.yaml")
    assert verdict(folder.heir("extends: [link.yaml]\n"), "a") is Verdict.PASS


def test_a_base_reads_no_more_than_its_own_folder(folder: Folder) -> None:
    folder.write("keys/k.pub", Key("k").pem)
    with_key = written(["signature: {}"], signers="  k: {key-file: %s}\n", name="base")
    folder.write("sub/base.yaml", with_key % "../keys/k.pub")
    error = folder.refused("extends: [sub/base.yaml]\n")
    assert "lies outside the policy's folder" in error.message
    assert error.place == f"{folder.root}/sub/base.yaml:5:17"
    folder.write("sub/keys/k.pub", Key("k").pem)
    folder.write("sub/base.yaml", with_key % "keys/k.pub")
    assert list(folder.heir("extends: [sub/base.yaml]\n").signers) == ["k"]


def test_what_is_wrong_in_a_base_is_said_of_the_base(folder: Folder) -> None:
    error = folder.refused("extends: [base.yaml]\n", base=BASE.replace("issuer", "isuer"))
    assert error.place == f"{folder.root.resolve()}/base.yaml:5:7"


def test_without_a_folder_only_shipped_policies_can_be_extended() -> None:
    text = HEIR + "extends: [%s]\n"
    load_policy((text % "chainguard").encode(), source="policy.yaml", shipped=shipped_bytes)
    with pytest.raises(PolicyError, match=r"no policy is called 'base\.yaml'"):
        load_policy((text % "base.yaml").encode(), source="policy.yaml", shipped=shipped_bytes)


# --- signers ---

RULES_ALONE = written(["signature: {}"], signers="", images="", name="rules")


def test_rules_without_signers_take_those_of_the_heir(folder: Folder) -> None:
    own = f"images: [ghcr.io/org/app]\nsigners:\n{one('b')}"
    policy = folder.heir(f"extends: [base.yaml]\n{own}", base=RULES_ALONE)
    assert verdict(policy, "b") is Verdict.PASS
    assert verdict(policy, "a") is Verdict.UNVERIFIED
    error = folder.refused("extends: [base.yaml]\n", base=RULES_ALONE)
    assert "it does not say whose word counts" in error.message
    assert error.hint == "the policy has no signers: add some, or extend it by one that has"


def test_an_heirs_signers_do_not_count_for_the_rules_of_its_base(folder: Folder) -> None:
    """Also where a rule of the base names nobody: it meant its own."""
    for rule in ("signature: {}", "signature: {signers: [a]}"):
        base = written([rule], signers=one("a"), name="base")
        own = "require: [attestation: {type: link, signers: [b], mode: warn}]\n"
        text = f"extends: [base.yaml]\nsigners:\n{one('b')}{own}"
        policy = folder.heir(text, base=base)
        assert verdict(policy, "b") is Verdict.UNVERIFIED
        assert verdict(policy, "a") is Verdict.PASS


def test_of_own_and_inherited_signers_neither_is_meant_unless_named(folder: Folder) -> None:
    text = f"extends: [base.yaml]\nsigners:\n{one('b')}require: [attestation: {{type: link%s}}]\n"
    error = folder.refused(text % "", base=BASE)
    assert "it does not say whose word counts" in error.message
    assert error.hint == "name signers: this policy has some of its own and inherits others"
    folder.heir(text % ", signers: [b]", base=BASE)
    folder.heir(text % ", signers: [a, b]", base=BASE)


TWO = "images: [ghcr.io/org/app]\nsigners:\n" + one("b") + one("c")


def test_a_base_can_be_given_signers_without_being_opened_to_all(folder: Folder) -> None:
    """The rules of the base take the word of those that are named for it, and of nobody else."""
    rule = "require: [attestation: {type: openvex, signers: [c], mode: warn}]\n"
    policy = folder.heir(f"extends: [{{policy: base.yaml, signers: [b]}}]\n{TWO}{rule}", base=RULES_ALONE)
    assert verdict(policy, "b") is Verdict.PASS
    assert verdict(policy, "c") is Verdict.UNVERIFIED
    open_ = folder.heir(f"extends: [base.yaml]\n{TWO}{rule}", base=RULES_ALONE)
    assert verdict(open_, "b") is verdict(open_, "c") is Verdict.PASS
    assert [clause.unnamed for clause in policy.rules] == [(), ()]
    assert [clause.unnamed for clause in open_.rules] == [("b", "c"), ()]


def test_several_bases_can_be_given_a_signer_each(folder: Folder) -> None:
    bases = "{policy: base.yaml, signers: [b]}, {policy: two.yaml, signers: [c, b]}"
    two = written(["signature: {id: two}"], signers="", images="", name="two")
    policy = folder.heir(f"extends: [{bases}]\n{TWO}", base=RULES_ALONE, two=two)
    assert [clause.rule.signers for clause in policy.rules] == [("b",), ("c", "b")]
    assert verdict(policy, "c") is Verdict.UNVERIFIED
    assert verdict(policy, "b") is Verdict.PASS


def test_a_base_is_given_inherited_signers_beside_ones_own(folder: Folder) -> None:
    """Where some are inherited and some are one's own, nothing else says whose word its rules take."""
    bases = "{policy: rules.yaml%s}, base.yaml"
    own = f"signers:\n{one('b')}require: [attestation: {{type: link, signers: [b], mode: warn}}]\n"
    files = {"base": BASE, "rules": written(["signature: {id: x}"], signers="", images="", name="rules")}
    policy = folder.heir(f"extends: [{bases % ', signers: [a]'}]\n{own}", **files)
    assert verdict(policy, "a") is Verdict.PASS
    assert verdict(policy, "b") is Verdict.UNVERIFIED
    assert "whose word counts" in folder.refused(f"extends: [{bases % ''}]\n{own}", **files).message


def test_an_heir_of_an_heir_cannot_take_the_place_of_the_given_signers(folder: Folder) -> None:
    middle = f"version: 1\nname: middle\nextends: [{{policy: base.yaml, signers: [b]}}]\n{TWO}"
    rule = "require: [attestation: {type: link, signers: [a, c], mode: warn}]\n"
    policy = folder.heir(
        f"extends: [middle.yaml]\nsigners:\n{one('a')}{rule}", base=RULES_ALONE, middle=middle
    )
    assert verdict(policy, "b") is Verdict.PASS
    assert verdict(policy, "a", "c") is Verdict.UNVERIFIED


@pytest.mark.parametrize(
    ("base", "names", "said_", "column"),
    [
        (RULES_ALONE, "[d]", "the signer 'd' is not under signers", 41),
        (RULES_ALONE, "[]", "extends[0].signers is empty", 40),
        (RULES_ALONE, "b", "extends[0].signers must be a list", 40),
        (BASE, "[b]", "base.yaml has signers of its own, whose word its rules take", 40),
        (f"version: 1\nname: base\nsigners:\n{one('d')}", "[b]", "has signers of its own", 40),
        ("version: 1\nname: base\nimages: [ghcr.io/org/app]\n", "[b]", "base.yaml has no rules", 40),
    ],
)
def test_signers_that_a_base_cannot_take_are_errors(
    folder: Folder, base: str, names: str, said_: str, column: int
) -> None:
    rule = "require: [signature: {signers: [b, c]}]\n"
    error = folder.refused(f"extends: [{{policy: base.yaml, signers: {names}}}]\n{TWO}{rule}", base=base)
    assert said_ in error.message
    assert error.place == f"{folder.root}/heir.yaml:3:{column}"


def test_a_policy_without_signers_takes_those_of_the_command_line(folder: Folder) -> None:
    given = load_policy(BASE.encode(), source="base").signers
    for images, named in (("", False), ("images: [ghcr.io/org/app]\n", True)):
        path = folder.write("bare.yaml", written(["signature: {}"], signers="", images=images, name="bare"))
        policy = read_policy(path, signers=given)
        assert verdict(policy, "a") is Verdict.PASS
        assert verdict(policy, "b") is Verdict.UNVERIFIED
        assert policy.is_about("docker.io/library/nginx") is not named
        with pytest.raises(PolicyError, match="it does not say whose word counts"):
            read_policy(path)


def test_a_policy_with_signers_takes_no_others(folder: Folder) -> None:
    given = load_policy(BASE.encode(), source="base").signers
    path = folder.write("own.yaml", written(["signature: {}"], signers=one("b"), name="own"))
    policy = read_policy(path, signers=given)
    assert list(policy.signers) == ["b"]
    assert verdict(policy, "a") is Verdict.UNVERIFIED
    unsigned = written(["image-layers: {max: 9}"], signers="", images="", name="bare")
    with pytest.raises(PolicyError, match="no rule asks for anything signed"):
        read_policy(folder.write("bare.yaml", unsigned), signers=given)


def test_an_inherited_signer_keeps_its_name(folder: Folder) -> None:
    text = "extends: [base.yaml]\nsigners:\n" + one("b").replace("b:", "a:", 1)
    error = folder.refused(text, base=BASE)
    assert error.message.endswith("the signer 'a' is inherited already")
    assert error.place == f"{folder.root}/heir.yaml:5:3"


def test_two_bases_may_not_call_two_signers_the_same(folder: Folder) -> None:
    """Or the rule of the first would take the word of the second's."""
    other = BASE.replace(one("a"), one("b").replace("b:", "a:", 1))
    text = "extends: [one.yaml, two.yaml]\n"
    error = folder.refused(text, one=BASE, two=other)
    assert error.message.endswith("another policy that is extended here calls somebody else 'a'")
    assert error.place == f"{folder.root}/heir.yaml:3:21"
    policy = folder.heir(text, one=BASE, two=BASE.replace("signature: {", "signature: {id: two, "))
    assert verdict(policy, "a") is Verdict.PASS
    assert verdict(policy, "b") is Verdict.UNVERIFIED


def test_what_is_inherited_on_two_ways_is_there_once(folder: Folder) -> None:
    exception = (
        "exceptions: [{id: x, rule: signature, owner: a, reason: b, ticket: c, expires: 2027-01-01}]\n"
    )
    root = BASE.replace("signature: {", "signature: {id: mine, ") + exception
    one_, two = (f"version: 1\nname: {name}\nextends: [root.yaml]\n" for name in ("one", "two"))
    policy = folder.heir("extends: [one.yaml, two.yaml]\n", root=root, one=one_, two=two)
    assert [clause.id for clause in policy.rules] == ["signature/mine"]
    assert [waiver.id for waiver in policy.waivers] == ["x"]


def test_one_id_of_two_files_is_an_error(folder: Folder) -> None:
    base = BASE.replace("signature: {", "signature: {id: mine, ")
    rule = "require: [signature: {signers: {any-of: [a]}, id: mine, mode: warn}]\n"
    error = folder.refused("extends: [base.yaml]\n" + rule, base=base)
    assert error.message.endswith("two rules are called 'signature/mine'")
    assert error.place == f"{folder.root}/heir.yaml:4:11"
    folder.heir("extends: [base.yaml]\n" + rule.replace("mine", "other"), base=base)


def test_an_heir_cannot_soften_its_base_by_its_mode(folder: Folder) -> None:
    policy = folder.heir("extends: [base.yaml]\nmode: warn\nrequire: [image-layers: {min: 9}]\n", base=BASE)
    assert verdict(policy, "b") is Verdict.UNVERIFIED
    assert verdict(policy, "a") is Verdict.PASS
    lax = folder.heir("extends: [base.yaml]\n", base=BASE + "unmatched-images: warn\n")
    assert not lax.unmatched_warns


def test_an_heir_may_except_what_its_base_asks(folder: Folder) -> None:
    text = (
        "extends: [base.yaml]\nrequire: [image-layers: {max: 9}]\n"
        "exceptions: [{id: x, rule: signature, owner: a, reason: b, ticket: c, expires: 2027-01-01}]\n"
    )
    policy = folder.heir(text, base=BASE)
    judgement = judge(image(), policies=[policy])
    assert said(judgement) == [("signature", "waived"), ("image-layers", "pass")]


# --- parameters ---

TEMPLATE = """\
version: 1
name: template
parameters: {repository: "the repository, as in org/app", subject: who signs}
images: [{parameter: repository}]
signers:
  a: {issuer: "https://token.actions.githubusercontent.com", subject: {parameter: subject}}
require:
  - signature: {}
"""
WITH = "extends: [{policy: template.yaml, with: {%s}}]\n"
GIVEN = f"repository: ghcr.io/org/app, subject: '{by('a').subject}'"


def test_parameters_are_filled_in(folder: Folder) -> None:
    policy = folder.heir(WITH % GIVEN, template=TEMPLATE)
    assert [pattern.text for pattern in policy.images] == ["ghcr.io/org/app"]
    assert verdict(policy, "a") is Verdict.PASS
    assert verdict(policy, "b") is Verdict.UNVERIFIED


@pytest.mark.parametrize(
    ("given", "said_"),
    [
        ("repository: ghcr.io/org/app", "the parameter 'subject' has no value: who signs"),
        (f"{GIVEN}, more: x", "template has no parameter 'more'"),
        (GIVEN.replace("repository", "repsitory"), "template has no parameter 'repsitory'"),
        (GIVEN.replace("ghcr.io/org/app", "''"), "repository is empty"),
        ("repository: ghcr.io/org/app, subject: ''", "subject is empty"),
        ("repository: ghcr.io/org/app, subject: ' '", "it is empty"),
        ("repository: ghcr.io/org/app, subject: 'https://*'", "compared exactly"),
        ("repository: ghcr.io/org/app, subject: '${SUBJECT}'", "looks like a variable"),
        ("repository: 'ghcr.io/org/app*', subject: x", "siblings"),
        ("repository: 1, subject: x", "must be text"),
        ("repository: [ghcr.io/org/app], subject: x", "must be text"),
        ("", "with is empty"),
    ],
)
def test_wrong_values_are_errors(folder: Folder, given: str, said_: str) -> None:
    error = folder.refused(WITH % given, template=TEMPLATE)
    assert said_ in error.message
    assert error.place is not None


def test_signers_are_no_parameter(folder: Folder) -> None:
    error = folder.refused("extends: [{policy: base.yaml, with: {signers: b}}]\n" + TWO, base=RULES_ALONE)
    assert error.hint == "write 'signers' beside 'policy', and not under 'with'"


def test_an_unknown_parameter_has_a_suggestion_and_a_place(folder: Folder) -> None:
    error = folder.refused(WITH % f"{GIVEN}, subjct: x", template=TEMPLATE)
    assert error.place == f"{folder.root}/heir.yaml:3:11"
    assert error.hint == "did you mean 'subject'?"


def test_a_template_cannot_judge_by_itself(folder: Folder) -> None:
    with pytest.raises(PolicyError, match="the parameter 'subject' has no value: who signs") as caught:
        read_policy(folder.write("template.yaml", TEMPLATE))
    assert caught.value.hint is not None
    assert "extends: [{policy: template, with: {repository: …, subject: …}}]" in caught.value.hint
    assert "has no value" in folder.refused("extends: [template.yaml]\n", template=TEMPLATE).message


@pytest.mark.parametrize(
    ("old", "new", "said_"),
    [
        ("who signs}", "who signs, spare: x}", "nothing uses the parameter 'spare'"),
        ("{parameter: subject}", "{parameter: subjct}", "no parameter is called 'subjct'"),
        ("{parameter: subject}", "{paramter: subject}", "unknown key 'paramter'"),
        ("{parameter: subject}", "{parameter: ''}", "is empty"),
        ("who signs}", "''}", "is empty"),
        ("issuer: ", "issuer: x, key-file: ", "is a key and something else"),
    ],
)
def test_wrong_templates_are_errors(folder: Folder, old: str, new: str, said_: str) -> None:
    assert said_ in folder.refused(WITH % GIVEN, template=TEMPLATE.replace(old, new)).message


def test_values_of_parameters_are_only_text_of_their_place(folder: Folder) -> None:
    """A value that looks like YAML, or like another parameter, is compared as it is."""
    value = "x}, b: {parameter: repository"
    policy = folder.heir(WITH % f"repository: ghcr.io/org/app, subject: '{value}'", template=TEMPLATE)
    assert list(policy.signers) == ["a"]
    assert verdict(policy, "a") is Verdict.UNVERIFIED


def test_what_two_bases_have_in_common_is_asked_for_by_the_word_of_the_signers_of_each(
    folder: Folder,
) -> None:
    common = "version: 1\nname: common\nrequire: [signature: {id: mine}]\n"
    bases = {
        name: f"version: 1\nname: {name}\nextends: [common.yaml]\nsigners:\n{one(name)}"
        for name in ("a", "b")
    }
    images = "images: [ghcr.io/org/**]\n"
    for order in ("a.yaml, b.yaml", "b.yaml, a.yaml"):
        policy = folder.heir(f"extends: [{order}]\n{images}", common=common, **bases)
        assert [clause.rule.signers for clause in policy.rules] == [(order[0],), (order[8],)]
        assert verdict(policy, "a") is verdict(policy, "b") is Verdict.UNVERIFIED
        assert verdict(policy, "a", "b") is Verdict.PASS
    again = folder.heir(f"extends: [a.yaml, more.yaml]\n{images}", common=common, **bases, more=bases["a"])
    assert len(again.rules) == 1


# --- digests ---


def test_the_digest_changes_with_every_file(folder: Folder) -> None:
    text = "extends: [base.yaml]\n"
    first = folder.heir(text, base=BASE).digest
    assert folder.heir(text, base=BASE).digest == first
    assert folder.heir(text, base=BASE + "# more\n").digest != first
    assert folder.heir(text + "# more\n", base=BASE).digest != first
    middle = "version: 1\nname: middle\nextends: [base.yaml]\n"
    deep = folder.heir("extends: [middle.yaml]\n", middle=middle, base=BASE).digest
    assert folder.heir("extends: [middle.yaml]\n", base=BASE + "# more\n").digest != deep


@pytest.mark.parametrize(
    ("text", "said_"),
    [
        ("extends: []\n", "extends is empty"),
        ("extends: ['']\n", "is empty"),
        ("extends: base.yaml\n", "must be a list"),
        ("extends: [{with: {a: b}}]\n", "lacks 'policy'"),
        ("extends: [{policy: base.yaml, wth: {a: b}}]\n", "unknown key 'wth'"),
        ("extends: [1]\n", "must be text"),
        ("images: [ghcr.io/org/app]\n", "asks for nothing"),
    ],
)
def test_wrong_extends_are_errors(folder: Folder, text: str, said_: str) -> None:
    assert said_ in folder.refused(text, base=BASE).message


def test_findings_name_the_policy_that_was_given(folder: Folder) -> None:
    policy = folder.heir("extends: [base.yaml]\n", base=BASE)
    (finding,) = on_platform(judge(image(signature(AMD64, signer=by("a"))), policies=[policy]))
    assert finding.policy == "heir"
    assert policy.rules[0].place == f"{folder.root.resolve()}/base.yaml:7:5"


def test_the_digest_is_that_of_the_file_and_changes_with_every_file_that_it_names(tmp_path: Path) -> None:
    text = GOOD.partition("signers:")[0] + "signers: {k: {key-file: key.pub}}\nrequire: [signature: {}]\n"
    (tmp_path / "policy.yaml").write_text(text)
    digests = []
    for name in ("one", "two"):
        (tmp_path / "key.pub").write_text(Key(name).pem)
        digests.append(read_policy(tmp_path / "policy.yaml").digest)
    assert digests[0] != digests[1]
    assert load_policy(GOOD.encode(), source="p").digest == Digest.of(GOOD.encode())


def test_the_files_of_a_policy_are_bounded(tmp_path: Path) -> None:
    for number in range(64):
        (tmp_path / f"{number}.yaml").write_text(f"version: 1\nname: n{number}\n")
    for count, fits in ((63, True), (64, False)):
        bases = ", ".join(f"{number}.yaml" for number in range(count))
        (tmp_path / "policy.yaml").write_text(GOOD + f"extends: [{bases}]\n")
        if fits:
            assert read_policy(tmp_path / "policy.yaml").rules
        else:
            with pytest.raises(PolicyError, match="more than 64 files belong to the policy"):
                read_policy(tmp_path / "policy.yaml")


def test_a_file_is_shown_as_it_is_reached_from_here(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write("heir.yaml", f"{HEIR}extends: [below/base.yaml]\n")
    folder.write("below/base.yaml", BASE.replace("version: 1", "version: 2"))
    monkeypatch.chdir(folder.root.parent)
    with pytest.raises(PolicyError) as caught:
        read_policy(Path("policies/heir.yaml"))
    assert caught.value.place == "policies/below/base.yaml:1:10"
    folder.write("heir.yaml", f"{HEIR}extends: [below/../heir.yaml]\n")
    with pytest.raises(PolicyError, match=r"^policies/heir\.yaml:3:11: .*extends itself"):
        read_policy(Path("policies/heir.yaml"))
