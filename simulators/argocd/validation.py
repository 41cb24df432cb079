"""The checks of create and update, in their order: destination, repository, manifests, what the project permits."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from simulators.argocd.applications import Target
from simulators.argocd.errors import INVALID, NOT_FOUND, UNKNOWN, Refusal, wrapped
from simulators.argocd.git import GitFault, Refs, Remotes, Snapshot
from simulators.argocd.projects import Project, permits_destination, permits_source
from simulators.argocd.repositories import Repositories, credentials

Body = dict[str, Any]
RELEASE_LIMIT = 53
MUST_HAVE = "spec.source.repoURL and either spec.source.path or spec.source.chart are required"


class Unreadable(Exception):
    """The repository cannot be reached; another thing than manifests that cannot be made."""


def invalid_spec(name: str, *conditions: str) -> Refusal:
    text = ";".join(f"InvalidSpecError: {condition}" for condition in conditions)
    return Refusal(INVALID, f"application spec for {name} is invalid: {text}")


@dataclass
class Validator:
    """`clusters()` maps the names of clusters to their servers."""

    repositories: Repositories
    remotes: Remotes
    clusters: Callable[[], dict[str, str]]

    async def check(self, name: str, spec: Body, project: Project, validate: bool) -> Target | None:
        """Everything that create and update look at; the target that was found on the way, unless told not to look."""
        if not name:
            raise Refusal(UNKNOWN, "resource name may not be empty")
        self.resolve_destination(name, spec["destination"])
        target = await self._check_source(name, spec) if validate else None
        self._check_project(name, spec, project)
        return target

    def resolve_destination(self, name: str, destination: Body) -> Body:
        """Server and name of the cluster, whichever was given."""
        server, cluster = destination.get("server"), destination.get("name")
        clusters = self.clusters()
        problem = ""
        if server and cluster:
            problem = f"application destination can't have both name and server defined: {cluster} {server}"
        elif cluster and cluster not in clusters:
            problem = f"there are no clusters with this name: {cluster}"
        elif server and server not in clusters.values():
            text = wrapped(NOT_FOUND, f'cluster "{server}" not found')
            problem = f'error getting cluster by server "{server}": {text}'
        elif not server and not cluster:
            problem = "Destination server missing from app spec"
        if problem:
            raise Refusal(INVALID, f"application destination spec for {name} is invalid: {problem}")
        names = {address: known for known, address in clusters.items()}
        return {**destination, "server": server or clusters[str(cluster)], "name": cluster or names[str(server)]}

    async def _check_source(self, name: str, spec: Body) -> Target:
        sources = spec.get("sources") or [spec.get("source", {})]
        for source in sources:
            if not source.get("repoURL") or not (source.get("path") or source.get("chart") or source.get("ref")):
                raise invalid_spec(name, MUST_HAVE)
            if source.get("chart") and not source.get("targetRevision"):
                raise invalid_spec(
                    name, "spec.source.targetRevision is required if the manifest source is a helm chart"
                )
        try:
            return await self.target(name, spec)
        except Unreadable as fault:
            raise invalid_spec(name, f"repository not accessible: repositories not accessible: {fault}") from fault
        except GitFault as fault:
            path = sources[0].get("path", "")
            raise invalid_spec(
                name, f"Unable to generate manifests in {path}: {wrapped(UNKNOWN, str(fault))}"
            ) from fault

    def _check_project(self, name: str, spec: Body, project: Project) -> None:
        rules, owner = project["spec"], project["metadata"]["name"]
        conditions = []
        scoped = self.repositories.scoped_to(owner)
        for source in spec.get("sources") or [spec.get("source", {})]:
            url = source.get("repoURL", "")
            if not url or not (source.get("path") or source.get("chart") or source.get("ref")):
                raise invalid_spec(name, MUST_HAVE)
            if not permits_source(rules, url, scoped):
                conditions.append(f"application repo {url} is not permitted in project '{owner}'")
        resolved = self.resolve_destination(name, spec["destination"])
        if not permits_destination(rules, resolved):
            place = f"server '{resolved['server']}' and namespace '{resolved.get('namespace', '')}'"
            allowed = f"any of the allowed destinations in project '{owner}'"
            conditions.append(f"application destination {place} do not match {allowed}")
        if conditions:
            raise invalid_spec(name, *conditions)

    async def target(self, name: str, spec: Body) -> Target:
        """What the first source means right now; Unreadable or GitFault when that cannot be told."""
        source = (spec.get("sources") or [spec["source"]])[0]
        refs = await self.refs(source["repoURL"], spec["project"])
        return await self.read(name, source, spec["project"], refs.resolve(source.get("targetRevision", "")))

    async def refs(self, url: str, project: str) -> Refs:
        record = self.repositories.for_application(url, project)
        try:
            return await self.remotes.refs(url, credentials(record))
        except GitFault as fault:
            text = f"error testing repository connectivity: unable to ls-remote HEAD on repository: {fault}"
            raise Unreadable(f"{url}: repo client error while testing repository: {wrapped(UNKNOWN, text)}") from fault

    async def read(self, name: str, source: Body, project: str, revision: str) -> Target:
        """One commit of a source, as far as making its manifests goes."""
        if source.get("chart"):
            return Target(revision, revision, (), "Helm")
        record = self.repositories.for_application(source["repoURL"], project)
        snapshot = await self.remotes.snapshot(source["repoURL"], credentials(record), revision)
        return make_target(name, source, snapshot, revision)


def make_target(name: str, source: Body, snapshot: Snapshot, revision: str) -> Target:
    """Helm or plain files; GitFault says what a real chart would stumble over."""
    path = source.get("path", ".")
    tree = snapshot.folder(path)
    if tree is None:
        raise GitFault(f"{path}: app path does not exist")
    if snapshot.file(posixpath.join(path, "Chart.yaml")) is None:
        kustomize = snapshot.file(posixpath.join(path, "kustomization.yaml")) is not None
        return Target(revision, tree, (), "Kustomize" if kustomize else "Directory")
    helm = source.get("helm", {})
    release = helm.get("releaseName") or name
    if len(release) > RELEASE_LIMIT:
        raise GitFault(f'release name "{release}" exceeds max length of {RELEASE_LIMIT}')
    return Target(revision, tree, images(values(snapshot, path, helm)), "Helm")


def values(snapshot: Snapshot, path: str, helm: Body) -> Body:
    """The chart's values, weakest first: values.yaml, valueFiles, values, valuesObject, parameters."""
    merged: Body = {}
    for file in ["values.yaml", *helm.get("valueFiles", [])]:
        content = snapshot.file(posixpath.normpath(posixpath.join(path, file)))
        if content is not None:
            merge(merged, load(content, file))
        elif file in helm.get("valueFiles", []) and not helm.get("ignoreMissingValueFiles"):
            where = f"open <path to cached source>/{posixpath.join(path, file)}: no such file or directory"
            raise GitFault(f"failed to execute helm template command: failed to get command args to log: {where}")
    merge(merged, load(str(helm.get("values", "")).encode(), "values"))
    merge(merged, helm.get("valuesObject") or {})
    for parameter in helm.get("parameters", []):
        merge(merged, nest(parameter.get("name", ""), parameter.get("value", "")))
    return merged


def load(content: bytes, file: str) -> Body:
    try:
        found = YAML(typ="safe").load(content)
    except YAMLError as error:
        raise GitFault(f"failed to parse {file}: error converting YAML to JSON: {type(error).__name__}") from error
    return found if isinstance(found, dict) else {}


def merge(under: Body, over: Body) -> None:
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(under.get(key), dict):
            merge(under[key], value)
        else:
            under[key] = value


def nest(dotted: str, value: str) -> Body:
    head, _, rest = dotted.partition(".")
    return {head: nest(rest, value) if rest else value}


def images(chart: Body) -> tuple[str, ...]:
    """`image: {repository, tag}`, the shape of our charts and of most others; nothing when the chart has none."""
    image = chart.get("image")
    if not isinstance(image, dict) or not image.get("repository"):
        return ()
    return (f"{image['repository']}:{image.get('tag') or 'latest'}",)
