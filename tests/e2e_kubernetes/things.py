"""Objects of every kind that runs images."""

from __future__ import annotations

from typing import Any

Thing = dict[str, Any]


def containers(image: str) -> Thing:
    """A pod specification."""
    return {"containers": [{"name": "app", "image": image}]}


def _template(image: str, name: str) -> Thing:
    return {"metadata": {"labels": {"app": name}}, "spec": containers(image)}


def _selected(image: str, name: str) -> Thing:
    return {"selector": {"matchLabels": {"app": name}}, "template": _template(image, name)}


def _job(image: str, name: str) -> Thing:
    template = _template(image, name)
    template["spec"]["restartPolicy"] = "Never"
    return {"template": template}


def thing(kind: str, name: str, image: str, namespace: str = "shop") -> Thing:
    """An object of ``kind`` that runs ``image``."""
    version = {"CronJob": "batch/v1", "Job": "batch/v1"}
    core = {"Pod", "ReplicationController", "PodTemplate"}
    made: Thing = {
        "apiVersion": "v1" if kind in core else version.get(kind, "apps/v1"),
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
    }
    match kind:
        case "Pod":
            made["spec"] = containers(image)
        case "PodTemplate":
            made["template"] = _template(image, name)
        case "ReplicationController":
            made["spec"] = {"selector": {"app": name}, "template": _template(image, name)}
        case "Job":
            made["spec"] = _job(image, name)
        case "CronJob":
            made["spec"] = {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": _job(image, name)}}
        case "StatefulSet":
            made["spec"] = {"serviceName": name, **_selected(image, name)}
        case _:
            made["spec"] = _selected(image, name)
    return made


KINDS = (
    "Pod",
    "PodTemplate",
    "ReplicationController",
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "CronJob",
)
