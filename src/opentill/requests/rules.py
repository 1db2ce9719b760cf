"""What a parameter may be: rules that stand in `Annotated[…]`, each with its parser, its messages and its schema.

A rule is a frozen value. `parser(version)` compiles it to a function (value of the form's tree, the parameter's full
name, list for unknown names) -> value for the handler; it raises InvalidRequest with the messages that clients match
on. `schema(version)` describes the same rule as JSON Schema, for the OpenAPI document.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from opentill.domain.errors import InvalidRequest
from opentill.domain.masking import mask_card_numbers
from opentill.domain.money import CURRENCIES, check_currency
from opentill.requests.refusals import empty, listed, refused, shown
from opentill.requests.tree import Upload, elements

Parser: TypeAlias = Callable[[Any, str, list[str]], Any]
Schema: TypeAlias = dict[str, Any]

_INT64 = range(-(2**63), 2**63)
_INT64_DIGITS = 19
_LAST_MOMENT = 253_402_300_799  # the end of the year 9999, UTC


class Rule:
    """Base of the rules."""

    def parser(self, version: str) -> Parser:
        """The compiled rule, as the API version `version` has it."""
        raise NotImplementedError

    def schema(self, version: str) -> Schema:
        """The rule as JSON Schema."""
        raise NotImplementedError


@dataclass(frozen=True)
class Text(Rule):
    """A text of `minimum` to `maximum` characters.

    `pattern` is matched as a whole; `message` is then the refusal's. `blank` allows texts of white space only.
    Texts hold no NUL and no lone surrogates: the form decoder lets none in.
    """

    maximum: int = 5000
    minimum: int = 1
    pattern: str | None = None
    message: str | None = None
    blank: bool = True

    def parser(self, version: str) -> Parser:
        maximum, minimum, blank = self.maximum, self.minimum, self.blank
        matches = re.compile(self.pattern).fullmatch if self.pattern else None

        def text(value: Any, name: str, _: list[str]) -> str:
            if type(value) is not str:
                raise refused(self._invalid(value), name)
            if not value:
                raise empty(name)
            length = len(value)
            if length > maximum:
                raise refused(f"{self._invalid(value)}; must be at most {maximum} characters", name)
            if length < minimum:
                raise refused(f"{self._invalid(value)}; must be at least {minimum} characters", name)
            if not blank and value.isspace():
                raise refused("Invalid string: it is only white space", name, code="parameter_invalid_string_blank")
            if matches is not None and matches(value) is None:
                raise refused(self.message or self._invalid(value), name)
            return value

        return text

    def _invalid(self, value: Any) -> str:
        if type(value) is str and len(value) > self.maximum and len(value) > 8:  # as the API shortens it
            return f"Invalid string: {value[:4]}...{value[-4:]}"
        return f"Invalid string: {shown(value)}"

    def schema(self, version: str) -> Schema:
        schema: Schema = {"type": "string", "maxLength": self.maximum}
        if self.minimum:
            schema["minLength"] = self.minimum
        if self.pattern:
            schema["pattern"] = f"^(?:{self.pattern})$"
        return schema


@dataclass(frozen=True)
class Secret(Text):
    """A text that no message repeats: a card number, a verification code, a client secret."""

    def _invalid(self, value: Any) -> str:
        return "Invalid string"

    def schema(self, version: str) -> Schema:
        return super().schema(version) | {"format": "password"}


@dataclass(frozen=True)
class Email(Text):
    """An address of the form local@domain."""

    maximum: int = 800

    def parser(self, version: str) -> Parser:
        text = super().parser(version)
        matches = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]+").fullmatch

        def email(value: Any, name: str, unknown: list[str]) -> str:
            if matches(text(value, name, unknown)) is None:
                raise refused(f"Invalid email address: {shown(value)}", name, code="email_invalid")
            return value

        return email

    def schema(self, version: str) -> Schema:
        return super().schema(version) | {"format": "email"}


@dataclass(frozen=True)
class Url(Text):
    """An absolute URL: http or https, and unless `web` also an app's own scheme (`kiosk://paid`).

    Templates such as {CHECKOUT_SESSION_ID} may stand in it. Schemes that run or read something here are no URLs to
    send a customer to.
    """

    web: bool = True

    def parser(self, version: str) -> Parser:
        text = super().parser(version)
        app = r"(?!(?:javascript|data|vbscript|file|about|blob):)[a-z][a-z0-9+.-]*://\S+"
        web = r"https?://[^\s/?#]+\S*"
        matches = re.compile(web if self.web else f"{web}|{app}", re.IGNORECASE).fullmatch

        def url(value: Any, name: str, unknown: list[str]) -> str:
            if matches(text(value, name, unknown)) is None:
                raise refused("Not a valid URL", name, code="url_invalid")
            return value

        return url


@dataclass(frozen=True)
class CurrencyCode(Rule):
    """A currency, in any case; the handler gets it in lower case."""

    def parser(self, version: str) -> Parser:
        def currency(value: Any, name: str, _: list[str]) -> str:
            if type(value) is not str:
                raise refused(f"Invalid string: {shown(value)}", name)
            if not value:
                raise empty(name)
            code = value.lower()
            return code if code in CURRENCIES else check_currency(shown(code), param=name)

        return currency

    def schema(self, version: str) -> Schema:
        return {"type": "string", "minLength": 3, "maxLength": 3, "pattern": "^[A-Za-z]{3}$", "format": "currency"}


@dataclass(frozen=True)
class CountryCode(Rule):
    """A country, ISO 3166-1 alpha-2, in any case; the handler gets it in upper case."""

    def parser(self, version: str) -> Parser:
        def country(value: Any, name: str, _: list[str]) -> str:
            if type(value) is not str:
                raise refused(f"Invalid string: {shown(value)}", name)
            if not value:
                raise empty(name)
            if len(value) != 2 or not (value.isascii() and value.isalpha()):
                raise refused(
                    f"Country '{shown(value)}' is unknown. Try using a 2-character alphanumeric country code instead, "
                    "such as 'US', 'EG', or 'GB'.",
                    name,
                )
            return value.upper()

        return country

    def schema(self, version: str) -> Schema:
        return {"type": "string", "pattern": "^[A-Za-z]{2}$", "minLength": 2, "maxLength": 2}


@dataclass(frozen=True)
class Integer(Rule):
    """Decimal digits, perhaps after a "-", that fit 64 bits, from `minimum` to `maximum`."""

    minimum: int | None = None
    maximum: int | None = None

    def parser(self, version: str) -> Parser:
        minimum, maximum = self.minimum, self.maximum

        def integer(value: Any, name: str, _: list[str]) -> int:
            number = _number(value, name)
            if minimum is not None and number < minimum:
                if number < 0 <= minimum:
                    raise refused("Invalid non-negative integer", name)
                raise refused(
                    f"This value must be greater than or equal to {minimum}.", name, code="parameter_invalid_integer"
                )
            if maximum is not None and number > maximum:
                raise refused(
                    f"This value must be less than or equal to {maximum}.", name, code="parameter_invalid_integer"
                )
            return number

        return integer

    def schema(self, version: str) -> Schema:
        return _integer_schema(self.minimum, self.maximum)


@dataclass(frozen=True)
class Clamped(Rule):
    """An integer that is moved to the nearer bound when it is outside, without a word."""

    minimum: int
    maximum: int

    def parser(self, version: str) -> Parser:
        minimum, maximum = self.minimum, self.maximum

        def clamped(value: Any, name: str, _: list[str]) -> int:
            if type(value) is str and len(value) > _INT64_DIGITS and _is_decimal(value):
                return minimum if value[0] == "-" else maximum
            return max(minimum, min(maximum, _number(value, name)))

        return clamped

    def schema(self, version: str) -> Schema:
        return _integer_schema(self.minimum, self.maximum)


@dataclass(frozen=True)
class Moment(Rule):
    """A point in time: seconds since the Unix epoch."""

    def parser(self, version: str) -> Parser:
        def moment(value: Any, name: str, _: list[str]) -> int:
            if value == "":
                raise empty(name)
            if type(value) is str and value.isascii() and value.isdecimal() and len(value) <= _INT64_DIGITS:
                seconds = int(value)
                if seconds <= _LAST_MOMENT:
                    return seconds
            raise refused("Invalid timestamp: must be an integer Unix timestamp", name)

        return moment

    def schema(self, version: str) -> Schema:
        return {"type": "integer", "format": "unix-time", "minimum": 0, "maximum": _LAST_MOMENT}


@dataclass(frozen=True)
class Boolean(Rule):
    """`true` or `false`."""

    def parser(self, version: str) -> Parser:
        def boolean(value: Any, name: str, _: list[str]) -> bool:
            if value == "true":
                return True
            if value == "false":
                return False
            raise empty(name) if value == "" else refused(f"Invalid boolean: {shown(value)}", name)

        return boolean

    def schema(self, version: str) -> Schema:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Choice(Rule):
    """One of a few words; an empty one among them is what unsets."""

    words: tuple[str, ...]

    def parser(self, version: str) -> Parser:
        words = {word: word for word in self.words}
        spoken = [word for word in self.words if word]

        def choice(value: Any, name: str, _: list[str]) -> str:
            if type(value) is str and value in words:
                return words[value]
            if value == "":
                raise empty(name)
            raise refused(f"Invalid {mask_card_numbers(name)}: must be one of {listed(spoken)}", name)

        return choice

    def schema(self, version: str) -> Schema:
        return {"type": "string", "enum": list(self.words)}


@dataclass(frozen=True)
class Decimal(Rule):
    """A decimal number, kept as the text it came as, with at most `places` digits behind the point."""

    places: int = 12

    def parser(self, version: str) -> Parser:
        matches = re.compile(rf"-?[0-9]{{1,18}}(?:\.[0-9]{{1,{self.places}}})?").fullmatch

        def decimal(value: Any, name: str, _: list[str]) -> str:
            if value == "":
                raise empty(name)
            if type(value) is not str or matches(value) is None:
                raise refused(f"Invalid decimal: {shown(value)}", name)
            return value

        return decimal

    def schema(self, version: str) -> Schema:
        return {"type": "string", "format": "decimal", "pattern": rf"^-?[0-9]{{1,18}}(\.[0-9]{{1,{self.places}}})?$"}


@dataclass(frozen=True)
class MetadataRule(Rule):
    """Up to 50 keys of up to 40 characters with values of up to 500.

    The handler gets {} for `metadata=`, which clears all keys, and "" as the value of a key to delete.
    """

    keys: int = 50
    key_length: int = 40
    value_length: int = 500

    def parser(self, version: str) -> Parser:
        keys, key_length, value_length = self.keys, self.key_length, self.value_length

        def metadata(value: Any, name: str, _: list[str]) -> dict[str, str]:
            members: dict[str, Any] = value
            if type(value) is not dict:
                if value == "":
                    return {}
                raise refused("Invalid object", name)
            for key, member in members.items():
                if type(member) is not str:
                    raise refused(f"Invalid string: {shown(member)}", f"{name}[{key}]")
                if len(key) > key_length:
                    raise refused(
                        f"Metadata keys can have up to {key_length} characters, but you passed in a key that is "
                        f"{len(key)} characters. Invalid key: {shown(key)}",
                        name,
                    )
                if len(member) > value_length:
                    raise refused(
                        f"Metadata values can have up to {value_length} characters, but you passed in a value that is "
                        f"{len(member)} characters. Invalid value: {shown(member)}",
                        name,
                    )
            if len(members) > keys and (kept := sum(1 for member in members.values() if member)) > keys:
                raise refused(f"Metadata can have up to {keys} keys, but you've set {kept}.", name)
            return members

        return metadata

    def schema(self, version: str) -> Schema:
        return {
            "type": "object",
            "additionalProperties": {"type": "string", "maxLength": self.value_length},
            "propertyNames": {"minLength": 1, "maxLength": self.key_length, "pattern": r"^[^\[\]]*$"},
            "maxProperties": self.keys,
        }


@dataclass(frozen=True)
class File(Rule):
    """A file of a multipart body, of at most `maximum` bytes."""

    maximum: int

    def parser(self, version: str) -> Parser:
        maximum = self.maximum

        def file(value: Any, name: str, _: list[str]) -> Upload:
            if not isinstance(value, Upload):
                raise refused(f"Invalid file: {mask_card_numbers(name)} must be a file", name)
            if len(value.content) > maximum:
                raise refused(f"Invalid file: it must be at most {maximum} bytes", name)
            return value

        return file

    def schema(self, version: str) -> Schema:
        return {"type": "string", "contentMediaType": "application/octet-stream", "maxLength": self.maximum}


@dataclass(frozen=True)
class Items(Rule):
    """An array, of `minimum` to `maximum` elements; `element` is filled in from the list's type."""

    maximum: int = 100
    minimum: int = 0
    element: Rule = Text()

    def parser(self, version: str) -> Parser:
        parse_element = self.element.parser(version)
        maximum, minimum = self.maximum, self.minimum

        def items(value: Any, name: str, unknown: list[str]) -> list[Any]:
            members = elements(value)
            if members is None:
                raise empty(name) if value == "" else refused("Invalid array", name)
            if len(members) > maximum:
                raise refused(f"Array {mask_card_numbers(name)} exceeded maximum {maximum} allowed elements.", name)
            if len(members) < minimum:
                raise refused(f"Array {mask_card_numbers(name)} must have at least {minimum} elements.", name)
            return [parse_element(member, f"{name}[{index}]", unknown) for index, member in enumerate(members)]

        return items

    def schema(self, version: str) -> Schema:
        schema: Schema = {"type": "array", "items": self.element.schema(version), "maxItems": self.maximum}
        return schema | ({"minItems": self.minimum} if self.minimum else {})


@dataclass(frozen=True)
class Mapping(Rule):
    """An object with keys of the client's choosing, all of one kind."""

    member: Rule
    maximum: int = 100

    def parser(self, version: str) -> Parser:
        parse_member = self.member.parser(version)
        maximum = self.maximum

        def mapping(value: Any, name: str, unknown: list[str]) -> dict[str, Any]:
            members: dict[str, Any] = value
            if type(value) is not dict:
                raise empty(name) if value == "" else refused("Invalid object", name)
            if len(members) > maximum:
                raise refused(f"Object {mask_card_numbers(name)} exceeded maximum {maximum} allowed keys.", name)
            return {key: parse_member(member, f"{name}[{key}]", unknown) for key, member in members.items()}

        return mapping

    def schema(self, version: str) -> Schema:
        return {
            "type": "object",
            "additionalProperties": self.member.schema(version),
            "maxProperties": self.maximum,
        }


@dataclass(frozen=True)
class Nullable(Rule):
    """`rule`, or an empty text, which unsets: the handler gets None."""

    rule: Rule

    def parser(self, version: str) -> Parser:
        parse = self.rule.parser(version)
        return lambda value, name, unknown: None if value == "" else parse(value, name, unknown)

    def schema(self, version: str) -> Schema:
        return {"anyOf": [self.rule.schema(version), {"type": "string", "enum": [""]}]}


@dataclass(frozen=True)
class OneOf(Rule):
    """The first of several rules that takes the value; objects and arrays go to the rule for them."""

    rules: tuple[Rule, ...]

    def parser(self, version: str) -> Parser:
        parsers = [rule.parser(version) for rule in self.rules]
        words: list[str] = []
        for rule in self.rules:
            words += ["true", "false"] if isinstance(rule, Boolean) else rule.words if isinstance(rule, Choice) else []
        only_words = all(isinstance(rule, Boolean | Choice) for rule in self.rules)
        scalars = [parse for parse, rule in zip(parsers, self.rules, strict=True) if not _is_container(rule)]
        containers = [parse for parse, rule in zip(parsers, self.rules, strict=True) if _is_container(rule)]

        def one_of(value: Any, name: str, unknown: list[str]) -> Any:
            candidates = (scalars if type(value) is str else containers) or parsers
            refusal: InvalidRequest | None = None
            for parse in candidates:
                try:
                    return parse(value, name, unknown)
                except InvalidRequest as error:
                    refusal = error
            if only_words and value != "":
                raise refused(f"Invalid {mask_card_numbers(name)}: must be one of {listed(words)}", name)
            raise refusal or refused(f"Invalid string: {shown(value)}", name)

        return one_of

    def schema(self, version: str) -> Schema:
        return {"anyOf": [rule.schema(version) for rule in self.rules]}


def _is_container(rule: Rule) -> bool:
    return rule.schema("").get("type") in ("object", "array")


def _is_decimal(value: str) -> bool:
    digits = value.removeprefix("-")
    return digits.isascii() and digits.isdecimal()


def _number(value: Any, name: str) -> int:
    if value == "":
        raise empty(name)
    if type(value) is not str or not _is_decimal(value):
        raise refused(f"Invalid integer: {shown(value)}", name, code="parameter_invalid_integer")
    if len(value) <= _INT64_DIGITS + 1 and (number := int(value)) in _INT64:
        return number
    raise refused("Invalid integer: it must fit 64 bits", name, code="parameter_invalid_integer")


def _integer_schema(minimum: int | None, maximum: int | None) -> Schema:
    schema: Schema = {"type": "integer", "format": "int64"}
    if minimum is not None:
        schema["minimum"] = minimum
    if maximum is not None:
        schema["maximum"] = maximum
    return schema
