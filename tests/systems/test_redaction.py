"""Secrets by value: every form, every road out."""

import base64
import json
import logging
import sys
from collections.abc import Iterator
from io import StringIO
from urllib.parse import quote

import pytest

from provisioning.systems import errors, redaction
from provisioning.systems.redaction import HIDDEN, RedactSecrets, redact, secret

TOKEN = 'glpat-"Zq/9+x=&ü'


@pytest.fixture
def hidden() -> Iterator[str]:
    with secret(TOKEN):
        yield TOKEN


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        quote(TOKEN),
        quote(TOKEN, safe=""),
        json.dumps({"password": TOKEN}),
        base64.b64encode(TOKEN.encode()).decode(),
        base64.urlsafe_b64encode(TOKEN.encode()).decode(),
        *(base64.b64encode(f"{user}:{TOKEN}".encode()).decode() for user in ("a", "ab", "abc")),
        base64.b64encode(f"ab:{TOKEN}:more".encode()).decode(),
        "value=&quot;glpat-&quot;Zq/9+x=&amp;ü&quot;",
    ],
)
def test_a_secret_is_hidden_in_every_form(hidden: str, text: str) -> None:
    shown = redact(f"before {text} after")
    assert HIDDEN in shown
    assert "Zq" not in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")


def test_a_longer_secret_is_hidden_whole() -> None:
    with secret("abcdef"), secret("abcdefghij"):
        assert redact("abcdefghij abcdef") == f"{HIDDEN} {HIDDEN}"


def test_two_secrets_with_one_beginning_are_forgotten_one_by_one() -> None:
    with secret("abcdef-one"):
        with secret("abcdef-two"):
            pass
        assert redact("abcdef-one abcdef-two") == f"{HIDDEN} abcdef-two"


def test_a_secret_is_hidden_until_all_have_let_it_go() -> None:
    with secret("abcdef-one"):
        with secret("abcdef-one"):
            pass
        assert redact("abcdef-one") == HIDDEN
    assert redact("abcdef-one") == "abcdef-one"


def test_a_block_that_ends_does_not_uncover_what_was_registered() -> None:
    redaction.register("registered-for-life")
    with secret("registered-for-life"):
        pass
    assert redact("registered-for-life") == HIDDEN


def test_short_values_are_words() -> None:
    with secret("admin"):
        redaction.register("root")
        assert redact("admin and root") == "admin and root"


def test_credentials_in_an_address_are_hidden_without_being_known() -> None:
    assert redact("clone http://oauth2:xyz@git.example.com/a.git") == f"clone http://{HIDDEN}@git.example.com/a.git"
    assert redact("ask ada@example.com at https://git.example.com") == "ask ada@example.com at https://git.example.com"


# --- Log lines ---------------------------------------------------------------------------------------------------


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """What a handler with the filter writes."""
    out = StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(RedactSecrets())
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s %(where)s", defaults={"where": "-"}))
    logger = logging.getLogger("tests.redaction")
    logger.propagate = False
    logger.addHandler(handler)
    yield out
    logger.removeHandler(handler)
    logger.propagate = True


def test_text_arguments_extra_and_traceback_of_a_log_line(hidden: str, lines: StringIO) -> None:
    logger = logging.getLogger("tests.redaction")
    try:
        raise ValueError(hidden)
    except ValueError:
        logger.exception("it was %s", hidden, extra={"where": f"in {hidden}"})
    shown = lines.getvalue()
    assert shown.startswith(f"ERROR it was {HIDDEN} in {HIDDEN}\nTraceback")
    assert f"ValueError: {HIDDEN}" in shown
    assert "Zq" not in shown


def test_no_later_handler_finds_the_traceback_unredacted(hidden: str) -> None:
    try:
        raise ValueError(hidden)
    except ValueError:
        record = logging.makeLogRecord({"msg": "m", "exc_info": sys.exc_info()})
    assert RedactSecrets().filter(record)
    assert record.exc_info is None
    assert f"ValueError: {HIDDEN}" in logging.Formatter().format(record)


def test_a_log_call_whose_arguments_do_not_fit_still_says_something(hidden: str, lines: StringIO) -> None:
    logging.getLogger("tests.redaction").warning("%d apples", hidden)
    assert lines.getvalue() == f"WARNING %d apples ('{HIDDEN}',) -\n"


# --- Errors ------------------------------------------------------------------------------------------------------


def test_errors_hide_secrets_and_pages_and_have_an_end(hidden: str) -> None:
    fault = errors.Invalid(
        "gitlab", f"no {hidden}", hint=hidden, detail=f"{hidden} <HTML lang=en>{hidden}" + "x" * 5000
    )
    assert (fault.message, fault.hint, fault.detail) == (f"no {HIDDEN}", HIDDEN, f"{HIDDEN} [an HTML page]")
    assert str(fault) == fault.message
    assert "Zq" not in repr(fault)
    assert len(errors.Invalid("gitlab", "m", detail="y" * 5000).detail) == errors.LONGEST_DETAIL
