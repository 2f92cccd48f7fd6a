"""Files of other programs that run images too: they are not read, and must not go by unseen.

What a file is, its path says, and for YAML and JSON what is in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate
from pathlib import PurePath

# By name of file, or by path where there is a slash. Of these every file may deploy something, whatever it
# holds: images can come from elsewhere, as those of a chart or a module do.
_PATHS = {
    "Terraform or OpenTofu": "*.tf *.tf.json *.tofu *.tofu.json *.tfvars *.tfvars.json *.tfstack.hcl",
    "Nomad": "*.nomad *.nomad.hcl",
    "Docker Buildx Bake": "docker-bake*.hcl docker-bake*.json",
    "Packer": "*.pkr.hcl *.pkr.json",
    "a program that reads HCL": "*.hcl",
    "Bicep": "*.bicep *.bicepparam",
    "Podman Quadlet": "*.container *.image *.kube *.pod *.build *.volume *.artifact *.quadlet *.quadlets"
    " *.container.d/*.conf *.image.d/*.conf *.volume.d/*.conf",
    "Jenkins": "*Jenkinsfile*",
    "Vagrant": "Vagrantfile*",
    "Earthly": "Earthfile",
    "Acorn": "Acornfile",
    "Tilt": "Tiltfile *.tiltfile",
    "Fly.io": "fly.toml fly.*.toml",
    "Cloudflare": "wrangler.toml wrangler.json wrangler.jsonc",
    "Railway": "railway.toml railway.json",
    "CapRover": "captain-definition*",
    "Elastic Beanstalk": "Dockerrun.aws.json",
    "Helmfile": "helmfile*.y*ml helmfile*.gotmpl */helmfile.d/*",
    "a development container": "devcontainer.json .devcontainer.json */.devcontainer/*",
    "GitHub Actions": "*/.git*/workflows/*.y*ml */.forgejo/workflows/*.y*ml action.y*ml",
    "GitLab CI": "*.gitlab-ci*.y*ml */.gitlab/*.y*ml",
    "CircleCI": "*/.circleci/*.y*ml",
    "Azure Pipelines": "*azure-pipelines*.y*ml */.azure*/*.y*ml",
    "Bitbucket Pipelines": "bitbucket-pipelines.y*ml",
    "Drone or Woodpecker": ".drone.* .woodpecker.* */.woodpecker/* */.drone/*",
    "Travis CI": ".travis.y*ml",
    "Cirrus CI": ".cirrus.*",
    "Buildkite": "*/.buildkite/*.y*ml */.buildkite/*.json",
    "TeamCity": "*/.teamcity/*",
    "JetBrains Space": ".space.kts",
    "Semaphore": "*/.semaphore/*.y*ml",
    "AWS CodeBuild": "buildspec*.y*ml",
    "Google Cloud Build": "cloudbuild*.y*ml cloudbuild*.json",
    "Google Cloud Deploy": "clouddeploy*.y*ml",
    "AppVeyor": "appveyor.y*ml .appveyor.y*ml",
    "Skaffold": "skaffold*.y*ml",
    "werf": "werf*.y*ml",
    "Okteto": "okteto*.y*ml",
    "DevSpace": "devspace*.y*ml",
    "Garden": "garden.y*ml *.garden.y*ml",
    "a devfile": "devfile.y*ml .devfile.y*ml",
    "ko": ".ko.y*ml",
    "Render": "render.y*ml",
    "Heroku": "heroku.yml",
    "AWS Copilot": "*/copilot/*manifest.y*ml",
    "Pulumi": "Pulumi.y*ml Pulumi.*.y*ml",
    "Serverless": "serverless.y*ml serverless.json",
}
_TEMPLATES = "j2 jinja jinja2 erb ejs tmpl tpl gotmpl template mustache hbs tftpl in"
_TEMPLATED = ("yaml", "yml", "json", "hcl", "tf", "toml", "container")
# These run images, or make what does, only where something like one is in them.
_PERHAPS = {
    "a Helm template": "*.tpl *.gotmpl",
    "a script": "*.sh *.bash *.zsh *.ps1 *.bat *.cmd *.mk Makefile* GNUmakefile* justfile .justfile",
    "a unit of systemd": "*.service",
    "a language that makes manifests": "*.jsonnet *.libsonnet *.cue *.dhall *.pkl *.k *.star",
    "Groovy": "*.groovy",
    "a build tool": "*.gradle *.gradle.kts pom.xml *.nix",
    "Salt or Puppet": "*.sls *.pp",
    "a template": "*.tftpl *.j2 *.jinja *.jinja2 *.erb",
    "Bazel": "MODULE.bazel WORKSPACE WORKSPACE.bazel BUILD BUILD.bazel *.bzl",
    "a buildpack": "project.toml builder.toml buildpack.toml package.toml",
}
# What is in YAML and JSON whose name says nothing.
_CONTENTS = {
    "an ECS task definition": r"\bcontainerDefinitions[\"']?\s*:",
    "CloudFormation": r"\bAWSTemplateFormatVersion\b|[\"']?\bType[\"']?\s*:\s*[\"']?AWS::",
    "Azure Resource Manager": r"schema\.management\.azure\.com/",
    "an Azure container group": r"\bMicrosoft\.(?:ContainerInstance|App|Web|ContainerService)/",
    "Elastic Beanstalk": r"\bAWSEBDockerrunVersion\b",
    "Score": r"^apiVersion\s*:\s*[\"']?score\.dev/",
    "Zarf": r"^kind\s*:\s*[\"']?Zarf\w*Config\b",
    "a Nomad job": r"[\"']TaskGroups[\"']\s*:",
    "Ansible": r"^[ \t-]{0,4}hosts[ \t]*:[ \t]*[\w{\"']",
    "values of a Helm chart": r"^[ \t]{0,40}image[ \t]*:[ \t]*\n[ \t]{1,40}(?:repository|registry)[ \t]*:",
}


@dataclass(frozen=True, slots=True)
class Program:
    """What a file is for. ``always``: it may deploy something, whatever is in it."""

    name: str
    always: bool


def _by_path(names: str) -> re.Pattern[str]:
    globs = (glob if "/" in glob else f"*/{glob}" for glob in names.split())
    return re.compile("|".join(translate(glob) for glob in globs), re.IGNORECASE)


_ALWAYS = {name: _by_path(names) for name, names in _PATHS.items()} | {
    "a template": _by_path(
        " ".join(f"*.{form}.{ending}" for form in _TEMPLATED for ending in _TEMPLATES.split())
    )
}
_BY_CHANCE = {name: _by_path(names) for name, names in _PERHAPS.items()}
_BY_CONTENTS = {name: re.compile(pattern, re.MULTILINE) for name, pattern in _CONTENTS.items()}


def program_of(path: str) -> Program | None:
    """Whose file this is, by its path; None where nothing that runs images is known to read such files."""
    written = f"/{PurePath(path).as_posix()}"
    for table, always in ((_ALWAYS, True), (_BY_CHANCE, False)):
        for name, pattern in table.items():
            if pattern.fullmatch(written):
                return Program(name, always)
    return None


def program_in(text: str) -> Program | None:
    """Whose YAML or JSON this is, by what is in it."""
    found = (name for name, pattern in _BY_CONTENTS.items() if pattern.search(text))
    return next((Program(name, always=True) for name in found), None)
