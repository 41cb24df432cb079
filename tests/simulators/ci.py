"""What tests of the simulated Jenkins speak to it with."""

from typing import Any
from xml.sax.saxutils import escape

import requests

ADMIN = ("admin", "jenkins-sim-token")
PASSWORD = ("admin", "jenkins-sim-password")
XML = {"Content-Type": "application/xml"}
FOLDER = "<com.cloudbees.hudson.plugins.folder.Folder/>"
PUSH = {
    "object_kind": "push",
    "ref": "refs/heads/main",
    "after": "1" * 40,
    "user_name": "Ada",
    "commits": [{"message": "go"}],
}


class Ci:
    """Jenkins as an administrator with an API token, unless `auth` says otherwise; redirects are not followed."""

    def __init__(self, url: str) -> None:
        self.url = f"{url}/jenkins"
        self.session = requests.Session()

    def ask(self, method: str, path: str, /, **how: Any) -> requests.Response:
        how.setdefault("timeout", 10)
        how.setdefault("allow_redirects", False)
        how.setdefault("auth", ADMIN)
        return self.session.request(method, f"{self.url}{path}", **how)

    def get(self, path: str, /, **how: Any) -> requests.Response:
        return self.ask("GET", path, **how)

    def post(self, path: str, /, **how: Any) -> requests.Response:
        return self.ask("POST", path, **how)

    def json(self, path: str, /, **how: Any) -> Any:
        answer = self.get(path, **how)
        assert answer.ok, (answer.status_code, answer.text)
        return answer.json()

    def create(self, path: str, xml: str = "", folder: str = "") -> requests.Response:
        xml = xml or pipeline()
        return self.post(f"{folder}/createItem?name={path}", data=xml.encode(), headers=XML)

    def control(self, method: str, what: str, /, **body: Any) -> Any:
        answer = self.session.request(method, f"{self.url}/_sim/{what}", json=body or None, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def settings(self, **values: Any) -> Any:
        return self.control("POST", "settings", **values)

    def state(self) -> Any:
        return self.control("GET", "state")

    def member(self, name: str, *roles: tuple[str, str, str, str]) -> tuple[str, str]:
        """A user with a password and these roles: (type, role, permissions, pattern)."""
        form = {"username": name, "password1": "s3cret", "password2": "s3cret", "fullname": "", "email": "a@b.c"}
        assert self.post("/securityRealm/createAccountByAdmin", data=form).status_code == 302
        for kind, role, permissions, pattern in roles:
            self.role(kind, role, permissions, pattern)
            self.strategy("assignUserRole", type=kind, roleName=role, user=name)
        return (name, "s3cret")

    def role(self, kind: str, role: str, permissions: str, pattern: str = "", overwrite: bool = False) -> None:
        flag = str(overwrite).lower()
        self.strategy("addRole", type=kind, roleName=role, permissionIds=permissions, pattern=pattern, overwrite=flag)

    def strategy(self, action: str, /, **form: str) -> None:
        answer = self.post(f"/role-strategy/strategy/{action}", data=form)
        assert (answer.status_code, answer.text) == (200, "")

    def hook(self, job: str, token: str | None = None, event: str = "Push Hook", **more: Any) -> requests.Response:
        headers = {"X-Gitlab-Event": event} | ({"X-Gitlab-Token": token} if token else {})
        return self.post(f"/project/{job}", auth=None, json=PUSH | more, headers=headers)

    def close(self) -> None:
        self.session.close()


def text_parameter(name: str, default: str = "") -> str:
    inside = f"<name>{name}</name><defaultValue>{escape(default)}</defaultValue>"
    return f"<hudson.model.StringParameterDefinition>{inside}</hudson.model.StringParameterDefinition>"


def choice_parameter(name: str, *choices: str) -> str:
    strings = "".join(f"<string>{choice}</string>" for choice in choices)
    array = f'<choices class="java.util.Arrays$ArrayList"><a class="string-array">{strings}</a></choices>'
    tag = "hudson.model.ChoiceParameterDefinition"
    return f"<{tag}><name>{name}</name>{array}</{tag}>"


def trigger(secret: str = "", more: str = "") -> str:
    tag, outer = (
        "com.dabsquared.gitlabjenkins.GitLabPushTrigger",
        "org.jenkinsci.plugins.workflow.job.properties.PipelineTriggersJobProperty",
    )
    inside = f"<{tag}><triggerOnPush>true</triggerOnPush><secretToken>{secret}</secretToken>{more}</{tag}>"
    return f"<{outer}><triggers>{inside}</triggers></{outer}>"


def pipeline(*properties: str, parameters: str = "", description: str = "ours") -> str:
    if parameters:
        tag = "hudson.model.ParametersDefinitionProperty"
        inside = f"<{tag}><parameterDefinitions>{parameters}</parameterDefinitions></{tag}>"
        properties = (*properties, inside)
    joined = "".join(properties)
    definition = (
        '<definition class="org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition"><script>x</script></definition>'
    )
    return (
        f"<flow-definition><description>{description}</description>"
        f"<properties>{joined}</properties>{definition}</flow-definition>"
    )
