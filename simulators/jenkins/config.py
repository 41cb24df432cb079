"""config.xml: read as XStream reads it, kept parsed, and written back in the server's own words."""

from __future__ import annotations

import base64
import secrets
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

from simulators.jenkins.errors import oops, stack_trace

FOLDER = "com.cloudbees.hudson.plugins.folder.Folder"
PIPELINE = "org.jenkinsci.plugins.workflow.job.WorkflowJob"
FREESTYLE = "hudson.model.FreeStyleProject"
CLASSES = {"flow-definition": PIPELINE, FOLDER: FOLDER, "project": FREESTYLE, PIPELINE: PIPELINE, FREESTYLE: FREESTYLE}
ROOTS = {PIPELINE: "flow-definition", FOLDER: FOLDER, FREESTYLE: "project"}

PLUGINS = {
    "flow-definition": "workflow-job@1540.v295eccc9778f",
    "org.jenkinsci.plugins.workflow.job.": "workflow-job@1540.v295eccc9778f",
    "org.jenkinsci.plugins.workflow.cps.": "workflow-cps@4183.v94b_6fd39da_c1",
    "hudson.plugins.git.": "git@5.7.0",
    "com.dabsquared.gitlabjenkins.": "gitlab-plugin@1.9.9",
    "com.cloudbees.hudson.plugins.folder.": "cloudbees-folder@6.1023.v4fdea_4f7f7d0",
}
CORE = ("hudson.", "jenkins.")
# What a fresh start of Jenkins would write for an empty item of the class, in this order.
DEFAULTS = {
    PIPELINE: {"actions": "", "keepDependencies": "false", "properties": "", "triggers": "", "disabled": "false"},
    FREESTYLE: {"actions": "", "keepDependencies": "false", "properties": "", "disabled": "false"},
    FOLDER: {"actions": "", "properties": "", "healthMetrics": ""},
}
COMMON = {"description", "displayName", "authToken", "logRotator", "quietPeriod"}
FIELDS = {
    PIPELINE: COMMON | DEFAULTS[PIPELINE].keys() | {"definition"},
    FOLDER: COMMON | DEFAULTS[FOLDER].keys() | {"folderViews", "icon"},
    FREESTYLE: COMMON
    | DEFAULTS[FREESTYLE].keys()
    | {"scm", "builders", "publishers", "buildWrappers", "triggers", "canRoam", "concurrentBuild", "assignedNode"},
}
SECRET_TAGS = {"secretToken", "apiToken", "password"}
QUOTES = {"'": "&apos;", '"': "&quot;", "\r": "&#xd;"}
PASSWORD_PARAMETER = "hudson.model.PasswordParameterDefinition"


class Vault:
    """Jenkins' secrets: plain text goes in, `{AQAAABAAAAAQ...}` comes out, and reads back as the same secret."""

    def __init__(self) -> None:
        self._plain: dict[str, str] = {}

    def seal(self, text: str) -> str:
        if text in self._plain or not text:
            return text
        sealed = "{AQAAABAAAAAQ" + base64.b64encode(secrets.token_bytes(32)).decode() + "}"
        self._plain[sealed] = text
        return sealed

    def open(self, sealed: str) -> str:
        return self._plain.get(sealed, sealed)


@dataclass(frozen=True)
class Parameter:
    """One ParameterDefinition; `kind` is its short class name, `choices` is empty unless it is a choice."""

    kind: str
    name: str
    default: str
    description: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trigger:
    """The gitlab plugin's push trigger as it stands in the configuration."""

    secret: str
    on_push: bool
    on_merge_request: bool
    filter: str
    include: str
    exclude: str
    regex: str
    ci_skip: bool


class Config:
    """One item's configuration. Elements of plugins that are not installed are dropped without an error."""

    def __init__(self, item_class: str, root: ET.Element, vault: Vault) -> None:
        self.item_class, self.root, self.vault = item_class, root, vault
        self.description = self._text("description")
        self.display_name = self._text("displayName") or None
        self.disabled = self._text("disabled") == "true"
        self.concurrent = not self._property("DisableConcurrentBuildsJobProperty")
        self.parameters = tuple(read_parameters(root))
        self.trigger = read_trigger(root, vault)

    def _text(self, tag: str) -> str | None:
        found = self.root.find(tag)
        return None if found is None else found.text or ""

    def _property(self, short_name: str) -> bool:
        return any(child.tag.endswith("." + short_name) for child in self.root.findall("properties/*"))

    @property
    def parameterized(self) -> bool:
        return bool(self.parameters)

    @property
    def scm_urls(self) -> list[str]:
        return [found.text or "" for found in self.root.iterfind("definition/scm/userRemoteConfigs/*/url")]

    def text(self, masked: bool = False) -> str:
        """What GET config.xml answers; secrets are encrypted, or masked for readers without Configure."""
        return "<?xml version='1.1' encoding='UTF-8'?>\n" + "".join(write(self.root, masked))


def read(content: bytes, vault: Vault, expected: str | None = None) -> Config:
    """A configuration from XML. Malformed or of an unknown class: 500; not of the `expected` class: 500 saying so."""
    try:
        root = ET.fromstring(content)
    except (ET.ParseError, ValueError, LookupError) as error:
        raise oops(f"malformed XML: {error}") from error
    item_class = CLASSES.get(root.tag)
    if item_class is None:
        raise oops(f"CannotResolveClassException: {root.tag}")
    if expected not in (None, item_class):
        raise stack_trace(f"Expecting class {expected} but got class {item_class} instead")
    normalise(root, item_class)
    seal_secrets(root, vault)
    return Config(item_class, root, vault)


def empty(item_class: str, vault: Vault) -> Config:
    return read(f"<{ROOTS[item_class]}/>".encode(), vault)


def normalise(root: ET.Element, item_class: str) -> None:
    """Drop what nobody knows, add what is always there, name the plugins, indent."""
    root.tag = ROOTS[item_class]
    for child in list(root):
        if child.tag not in FIELDS[item_class] or (child.tag == "definition" and not known(child.get("class", ""))):
            root.remove(child)
    for parent in root.iterfind(".//triggers"):
        drop_unknown(parent)
    for parent in root.findall("properties"):
        drop_unknown(parent)
    for position, (tag, text) in enumerate(DEFAULTS[item_class].items()):
        if root.find(tag) is None:
            child = ET.Element(tag)
            child.text = text or None
            root.insert(position, child)
    name_plugins(root, None)
    ET.indent(root)


def known(class_name: str) -> bool:
    return class_name.startswith((*PLUGINS, *CORE))


def drop_unknown(parent: ET.Element) -> None:
    for child in list(parent):
        if not known(child.tag):
            parent.remove(child)


def name_plugins(element: ET.Element, inherited: str | None) -> None:
    class_name = element.get("class", element.tag)
    plugin = next((value for prefix, value in PLUGINS.items() if class_name.startswith(prefix)), None)
    element.attrib.pop("plugin", None)
    if plugin and plugin != inherited:
        element.set("plugin", plugin)
    for child in element:
        name_plugins(child, plugin or inherited)


def seal_secrets(root: ET.Element, vault: Vault) -> None:
    for element in root.iter():
        if element.tag in SECRET_TAGS and element.text:
            element.text = vault.seal(element.text)
    for definition in root.iter(PASSWORD_PARAMETER):
        if (default := definition.find("defaultValue")) is not None and default.text:
            default.text = vault.seal(default.text)


def read_parameters(root: ET.Element) -> Iterator[Parameter]:
    path = "properties/hudson.model.ParametersDefinitionProperty/parameterDefinitions/*"
    for element in root.iterfind(path):
        kind = element.tag.rpartition(".")[2]
        choices = tuple(found.text or "" for found in element.iterfind("choices//string"))
        default = choices[0] if choices else element.findtext("defaultValue") or ""
        if kind == "BooleanParameterDefinition":
            default = default or "false"
        yield Parameter(kind, element.findtext("name") or "", default, element.findtext("description") or "", choices)


def read_trigger(root: ET.Element, vault: Vault) -> Trigger | None:
    element = next(root.iter("com.dabsquared.gitlabjenkins.GitLabPushTrigger"), None)
    if element is None:
        return None

    def flag(tag: str, default: bool) -> bool:
        return (element.findtext(tag) or str(default)).strip().lower() == "true"

    def text(tag: str) -> str:
        return (element.findtext(tag) or "").strip()

    return Trigger(
        secret=vault.open(text("secretToken")),
        on_push=flag("triggerOnPush", True),
        on_merge_request=flag("triggerOnMergeRequest", False),
        filter=text("branchFilterType") or "All",
        include=text("includeBranchesSpec"),
        exclude=text("excludeBranchesSpec"),
        regex=text("targetBranchRegex"),
        ci_skip=flag("ciSkip", True),
    )


def write(element: ET.Element, masked: bool) -> Iterator[str]:
    """XML as XStream writes it: both kinds of quotes escaped in text, no space before `/>`."""
    attributes = "".join(f' {name}="{escape(value, QUOTES)}"' for name, value in element.attrib.items())
    secret = element.text and element.text.startswith("{AQAAAB")
    text = "********" if masked and secret else escape(element.text or "", QUOTES)
    if not text and not len(element):
        yield f"<{element.tag}{attributes}/>{element.tail or ''}"
        return
    yield f"<{element.tag}{attributes}>{text}"
    for child in element:
        yield from write(child, masked)
    yield f"</{element.tag}>{element.tail or ''}"
