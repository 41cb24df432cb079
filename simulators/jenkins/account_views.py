"""Who am I, crumbs, accounts and API tokens over HTTP."""

from __future__ import annotations

from html import escape

from starlette.responses import JSONResponse, Response

from simulators.jenkins.asked import Asked, moved, page
from simulators.jenkins.documents import who_am_i
from simulators.jenkins.errors import container_page, failure, not_found
from simulators.jenkins.models import forbidden
from simulators.jenkins.roles import ADMINISTER, READ
from simulators.jenkins.users import RESERVED, USER_NAME, User

JSON = "application/json;charset=utf-8"
FIELDS = {"username": "text", "password1": "password", "password2": "password", "fullname": "text", "email": "text"}


def log_in(asked: Asked) -> Response:
    return page("Sign in")


def crumb(asked: Asked) -> Response:
    """A crumb and, unless there is one, a session for it to hang on."""
    if not asked.jenkins.settings.crumbs:
        raise not_found(asked.call.path)
    users = asked.jenkins.users
    session = asked.caller.session or users.open_session()
    body = {
        "_class": "hudson.security.csrf.DefaultCrumbIssuer",
        "crumb": users.crumb(asked.caller, session),
        "crumbRequestField": "Jenkins-Crumb",
    }
    response = JSONResponse(body, media_type=JSON)
    if asked.caller.session is None:
        response.set_cookie(users.cookie, session, httponly=True, path="/jenkins")
    return response


def whoami(asked: Asked) -> Response:
    return asked.json(who_am_i(asked.caller))


def me(asked: Asked) -> Response:
    if asked.caller.user is None:
        raise forbidden(asked.caller, READ, asked.call.path)
    return asked.json(asked.jenkins.documents.user(asked.caller.user))


def find(asked: Asked) -> User:
    if (user := asked.jenkins.users.get(asked.params["id"])) is None:
        raise not_found(asked.call.path)
    return user


def user_document(asked: Asked) -> Response:
    return asked.json(asked.jenkins.documents.user(find(asked)))


def delete_user(asked: Asked) -> Response:
    asked.require(ADMINISTER)
    user = find(asked)
    if user is asked.caller.user:
        raise failure("Cannot delete self")
    asked.jenkins.users.remove(user)
    return moved(asked.here("securityRealm/"))


def generate_token(asked: Asked) -> Response:
    """Only for oneself; the value is in this answer and nowhere else."""
    user = find(asked)
    if user is not asked.caller.user:
        raise container_page(403, "Only the user itself may generate a token", asked.call.path)
    data = asked.jenkins.users.generate_token(user, asked.get("newTokenName") or "Token created")
    return JSONResponse({"status": "ok", "data": data}, media_type=JSON)


def create_account(asked: Asked) -> Response:
    """302 when it worked; 200 with the form, the submitted password in it, when it did not."""
    asked.require(ADMINISTER)
    given = {name: asked.get(name) or "" for name in FIELDS}
    if errors := mistakes(asked, given):
        return Response(form(given, errors), 200, {"X-Dialog-Title": "Create User"}, "text/html;charset=utf-8")
    users = asked.jenkins.users
    user = users.get(given["username"]) or User(given["username"], "")
    user.full_name, user.email = given["fullname"] or user.id, given["email"]
    user.password = given["password1"]
    users.add(user)
    return moved(asked.here("securityRealm/"))


def mistakes(asked: Asked, given: dict[str, str]) -> dict[str, str]:
    """Field -> what is wrong with it, as HudsonPrivateSecurityRealm checks it."""
    found = {}
    existing = asked.jenkins.users.get(given["username"])
    if not given["username"]:
        found["username"] = "User name is required"
    elif not USER_NAME.fullmatch(given["username"]):
        found["username"] = "User name must only contain alphanumeric characters, underscore and dash"
    elif existing and existing.password is not None:
        found["username"] = "User name is already taken"
    elif given["username"].lower() in RESERVED:
        found["username"] = f"User name {given['username']} is prohibited"
    if given["password1"] != given["password2"]:
        found["password1"] = "Password didn't match"
    elif not given["password1"]:
        found["password1"] = "Password is required"
    elif len(given["password1"].encode()) > 72:
        found["password1"] = "Password cannot be longer than 72 characters."
    if asked.jenkins.settings.mailer and "@" not in given["email"]:
        found["email"] = "Invalid e-mail address"
    return found


def form(given: dict[str, str], errors: dict[str, str]) -> str:
    rows = []
    for name, kind in FIELDS.items():
        rows.append(f'<input class="jenkins-input" type="{kind}" name="{name}" value="{escape(given[name])}">')
        if name in errors:
            message = escape(errors[name], quote=False).replace("'", "&#039;")
            rows.append(f'<div class="error jenkins-!-margin-bottom-2">\n      {message}\n    </div>')
    return '<form action="/securityRealm/createAccountByAdmin" method="post">\n' + "\n".join(rows) + "\n</form>\n"
