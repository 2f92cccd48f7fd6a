"""Who signs in the tests: a workflow on GitHub."""

from __future__ import annotations

GITHUB = "https://token.actions.githubusercontent.com"
REPOSITORY = "example/hello"
WORKFLOW = ".github/workflows/release.yaml"
REF = "refs/heads/main"
SUBJECT = f"https://github.com/{REPOSITORY}/{WORKFLOW}@{REF}"
COMMIT = "8a1d4c2f6b3e5d7091827364554637281900a1b2"


def github_claims(
    *,
    repository: str = REPOSITORY,
    workflow: str = WORKFLOW,
    ref: str = REF,
    commit: str = COMMIT,
    trigger: str = "push",
    runner: str = "github-hosted",
) -> dict[int, str | bytes]:
    """The extensions that Fulcio writes for a workflow, by their last number, without the issuer."""
    url = f"https://github.com/{repository}"
    owner = repository.split("/", maxsplit=1)[0]
    workflow_url = f"{url}/{workflow}@{ref}"
    return {
        2: trigger,
        3: commit,
        4: "Release",
        5: repository,
        6: ref,
        9: workflow_url,  # build signer URI
        10: commit,  # build signer digest
        11: runner,
        12: url,  # source repository URI
        13: commit,  # source repository digest
        14: ref,  # source repository ref
        15: "801234567",  # source repository identifier
        16: f"https://github.com/{owner}",  # source repository owner URI
        17: "90123456",  # source repository owner identifier
        18: workflow_url,  # build config URI
        19: commit,  # build config digest
        20: trigger,
        21: f"{url}/actions/runs/19012345678/attempts/1",  # run invocation URI
        22: "public",  # source repository visibility at signing
    }
