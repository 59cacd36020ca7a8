# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The options of an operation: resolve them from arguments and environment variables, and validate them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ._errors import OptionError
from ._redaction import MASK, Redactor
from ._similar_names import ask, join_first, suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping


AUTOMATIC = "auto"
ARGUMENTS = "the arguments"


@dataclass(frozen=True)
class EnvironmentVariable:
    """An environment variable that is used when an option is not an argument.

    ``convert`` turns the variable's text into the option's value; its ValueError says what the variable must be. The
    variable is ignored if one of ``overruled_by`` is an argument: a task that sets ``org`` does not mean the host of
    the environment.
    """

    name: str
    convert: Callable[[str], Any] | None = None
    ignored_with: tuple[str, ...] = ()


@dataclass(frozen=True)
class AuthMethod:
    """An authentication method: its name as a value of ``auth``, and the options it requires."""

    name: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class AuthMethods:
    """The authentication methods of a service, and those that an operation accepts, in its order of preference.

    ``optional`` marks an operation that also works without a credential. ``also_kept`` is a method that one of its
    calls always uses: its options are kept, whichever method the other calls use.
    """

    methods: tuple[AuthMethod, ...]
    allowed: tuple[str, ...]
    optional: bool = False
    also_kept: str | None = None

    def allow(self, *names: str, optional: bool = False, also_kept: str | None = None) -> AuthMethods:
        return replace(self, allowed=names, optional=optional, also_kept=also_kept)

    @property
    def allowed_methods(self) -> tuple[AuthMethod, ...]:
        by_name = {way.name: way for way in self.methods}
        return tuple(by_name[name] for name in self.allowed)


@dataclass(frozen=True)
class ArgumentSpec:
    """Options in the form of Ansible, with their variables, secrets and authentication methods. Specs can be added.

    ``connection`` are the options that all modules of a service have; messages list them after the module's own.
    """

    options: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    mutually_exclusive: tuple[tuple[str, ...], ...] = ()
    required_together: tuple[tuple[str, ...], ...] = ()
    required_one_of: tuple[tuple[str, ...], ...] = ()
    required_if: tuple[tuple[Any, ...], ...] = ()
    required_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    environment: Mapping[str, tuple[EnvironmentVariable, ...]] = field(default_factory=dict)
    authentication: AuthMethods | None = None
    connection: frozenset[str] = frozenset()

    def __add__(self, other: ArgumentSpec) -> ArgumentSpec:
        return ArgumentSpec(
            options={**self.options, **other.options},
            mutually_exclusive=self.mutually_exclusive + other.mutually_exclusive,
            required_together=self.required_together + other.required_together,
            required_one_of=self.required_one_of + other.required_one_of,
            required_if=self.required_if + other.required_if,
            required_by={**self.required_by, **other.required_by},
            environment={**self.environment, **other.environment},
            authentication=other.authentication or self.authentication,
            connection=self.connection | other.connection,
        )

    def as_connection(self) -> ArgumentSpec:
        """Return this spec with all its options as those of the connection."""
        return replace(self, connection=frozenset(self.options))

    def allow(self, *names: str, optional: bool = False, also_kept: str | None = None) -> ArgumentSpec:
        """Return this spec for an operation that accepts only these authentication methods, best first."""
        if self.authentication is None:
            raise ValueError("this spec has no ways to authenticate")
        return replace(self, authentication=self.authentication.allow(*names, optional=optional, also_kept=also_kept))

    @property
    def variables(self) -> set[str]:
        """The names of all environment variables that can set options."""
        return {variable.name for variables in self.environment.values() for variable in variables}

    @property
    def secret_options(self) -> list[str]:
        return [name for name, option in self.options.items() if option.get("no_log")]

    def list_secrets(self, values: Mapping[str, Any]) -> list[str]:
        """The values of the secret options in these arguments or parameters."""
        return [str(values[name]) for name in self.secret_options if values.get(name)]

    def to_validator_arguments(self) -> dict[str, Any]:
        """The keyword arguments that ``AnsibleModule`` and ``ArgumentSpecValidator`` have in common."""
        return {
            "argument_spec": {name: dict(option) for name, option in self.options.items()},
            "mutually_exclusive": self.mutually_exclusive,
            "required_together": self.required_together,
            "required_one_of": self.required_one_of,
            "required_if": self.required_if,
            "required_by": dict(self.required_by),
        }

    def resolve(self, arguments: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
        """Complete the arguments from the environment; arguments take precedence.

        An argument that is None means that there is no value, whatever the environment contains.

        Credentials take precedence as a whole: if the arguments contain one authentication method, the environment
        never adds another one. The environment may contain several methods. The result names its method in ``auth``
        and contains the options of no other method, so resolving it again does not change it.

        :raises OptionError: the arguments contain two methods, a method that is not accepted here, or none at all; or
            an option without the one that belongs to it.
        """
        return _OptionResolver(self, arguments, environ).resolve()

    def find_sources(self, arguments: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
        """For each option that :meth:`resolve` finds a value for: ``the arguments``, or the name of the variable."""
        resolution = _OptionResolver(self, arguments, environ)
        return {option: resolution.get_source(option) for option in resolution.resolve() if option != "auth"}

    def has_credentials(self, arguments: Mapping[str, Any], environ: Mapping[str, str]) -> bool:
        """Whether a part of an authentication method is among the arguments, or a whole one in the environment."""
        methods = [method.options for method in self.authentication.methods] if self.authentication else []
        return any(
            any(arguments.get(option) for option in method)
            or all(any(environ.get(variable.name) for variable in self.environment[option]) for option in method)
            for method in methods
        )

    def describe_option(self, option: str) -> str:
        """Name an option for a message: ``client_id (GREPR_CLIENT_ID)``."""
        names = [variable.name for variable in self.environment.get(option, ())]
        return f"{option} ({' or '.join(names)})" if names else option


class _OptionResolver:
    def __init__(self, spec: ArgumentSpec, arguments: Mapping[str, Any], environ: Mapping[str, str]) -> None:
        self.spec = spec
        self.environ = environ
        self.arguments = {name: value for name, value in arguments.items() if not self._is_blank(name, value)}
        self.disabled = {name for name, value in arguments.items() if value is None}

    def _is_blank(self, name: str, get_value: Any) -> bool:
        # A template turns an undefined variable into an empty string, so an empty string does not hide the
        # environment. Options without a variable may be empty on purpose.
        return get_value is None or (get_value == "" and name in self.spec.environment)

    def _find_variable(self, option: str) -> EnvironmentVariable | None:
        if option in self.disabled:
            return None
        for variable in self.spec.environment.get(option, ()):
            if self.environ.get(variable.name) and not any(name in self.arguments for name in variable.ignored_with):
                return variable
        return None

    def _get_environment_value(self, option: str) -> Any:
        variable = self._find_variable(option)
        if variable is None:
            return None
        value = self.environ[variable.name]
        try:
            return variable.convert(value) if variable.convert else value
        except ValueError as error:
            raise OptionError(f"The environment variable {variable.name} must be {error}.") from None

    def get_source(self, option: str) -> str:
        variable = None if option in self.arguments else self._find_variable(option)
        return variable.name if variable else ARGUMENTS

    def value(self, option: str) -> Any:
        return self.arguments[option] if option in self.arguments else self._get_environment_value(option)

    def resolve(self) -> dict[str, Any]:
        authentication = self.spec.authentication
        credentials = {option for way in authentication.methods for option in way.options} if authentication else set()
        result = {name: value for name, value in self.arguments.items() if name not in credentials}
        for option in self.spec.environment:
            value = None if option in credentials else self.value(option)
            if value is not None:
                result[option] = value
        for option, others in self.spec.required_by.items():
            if option in self.spec.environment and self.value(option) is not None:
                self._require_all((option, *others))
        if authentication is not None:
            method = self._select_method(authentication)
            if method is not None:
                result["auth"] = method.name
                result.update({option: self.value(option) for option in method.options})
                result.update(self._keep_others(authentication))
            elif result.get("auth") in [other.name for other in authentication.methods]:
                # Set for other modules in the defaults of a group; this operation has no methods to choose from.
                del result["auth"]
        return result

    def _keep_others(self, authentication: AuthMethods) -> dict[str, Any]:
        kept = [
            option for way in authentication.methods if way.name == authentication.also_kept for option in way.options
        ]
        values = {option: self.value(option) for option in kept}
        return values if all(value is not None for value in values.values()) else {}

    def _select_method(self, authentication: AuthMethods) -> AuthMethod | None:
        requested = self.arguments.get("auth", AUTOMATIC)
        if requested != AUTOMATIC and not (authentication.optional and requested not in authentication.allowed):
            return self._get_requested(authentication, str(requested))
        # An operation that works without a credential ignores other methods: the defaults of a group may contain them.
        considered = authentication.allowed_methods if authentication.optional else authentication.methods
        given = [way for way in considered if any(option in self.arguments for option in way.options)]
        if len(given) > 1:
            given = [way for way in given if way.name != authentication.also_kept]
        if len(given) > 1:
            methods = " and ".join(f"{way.name} ({', '.join(way.options)})" for way in given)
            raise OptionError(
                f"The arguments contain more than one way to authenticate: {methods}.",
                hint="Give one of them, or choose with the option auth.",
            )
        if given:
            return self._require_complete(authentication, given[0])
        for way in authentication.allowed_methods:
            if all(self.value(option) is not None for option in way.options):
                return way
        if authentication.optional:
            return None
        for way in authentication.allowed_methods:
            if any(self.value(option) is not None for option in way.options):
                return self._require_complete(authentication, way)
        raise OptionError("No credentials were given.", hint=f"Give {self._describe_methods(authentication)}.")

    def _get_requested(self, authentication: AuthMethods, name: str) -> AuthMethod | None:
        method = next((way for way in authentication.methods if way.name == name), None)
        # The validation of the options rejects a value that is not the name of a method.
        return self._require_complete(authentication, method) if method else None

    def _require_complete(self, authentication: AuthMethods, method: AuthMethod) -> AuthMethod:
        if method.name not in authentication.allowed:
            raise OptionError(
                f"This call does not accept auth={method.name} ({', '.join(method.options)}).",
                hint=f"Give {self._describe_methods(authentication)}.",
            )
        self._require_all(method.options, f"auth={method.name} needs ")
        return method

    def _require_all(self, options: tuple[str, ...], introduction: str = "") -> None:
        """
        :param introduction: what requires the options, for a message if none of them is given.
        """
        given = [f"{one} comes from {self.get_source(one)}, " for one in options if self.value(one) is not None]
        missing = [self.spec.describe_option(option) for option in options if self.value(option) is None]
        if missing and given:
            raise OptionError(
                f"{''.join(given)}{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing."
            )
        if missing:
            raise OptionError(f"{introduction}{' and '.join(missing)}.")

    def _describe_methods(self, authentication: AuthMethods) -> str:
        return ", or ".join(
            " and ".join(self.spec.describe_option(option) for option in way.options)
            for way in authentication.allowed_methods
        )


def validate_options(spec: ArgumentSpec, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return typed parameters with defaults, validated by ansible-core.

    :raises OptionError: with the message of ansible-core, without the values of secret options.
    """
    _require_lists(spec, arguments)
    try:
        result = ArgumentSpecValidator(**spec.to_validator_arguments()).validate(arguments)
    except OverflowError:
        raise OptionError("An option has a number that is too large.") from None
    if result.unsupported_parameters:
        raise _build_unknown_error(spec, arguments, result.unsupported_parameters)
    if result.error_messages:
        secrets = Redactor()
        secrets.register(
            *spec.list_secrets(arguments), *_iter_strings([arguments.get(name) for name in spec.secret_options])
        )
        raise OptionError(secrets.redact_all(". ".join(result.error_messages)))
    params: dict[str, Any] = result.validated_parameters
    for name, value in params.items():
        if isinstance(value, str) and spec.options[name]["type"] != "raw" and not _is_valid_text(value):
            raise OptionError(f"{name} contains a null byte or an unpaired surrogate, so it is not valid text.")
    return params


def _require_lists(spec: ArgumentSpec, arguments: dict[str, Any]) -> None:
    """
    :raises OptionError: a string instead of a list of dictionaries, which ansible-core would split into a list.
    """
    for name, option in spec.options.items():
        if option["type"] == "list" and option["elements"] in ("dict", "raw") and isinstance(arguments.get(name), str):
            raise OptionError(
                f"{name} must be a list, not a string.",
                hint="Give the list itself. If a template creates the string, parse it with `| from_yaml`.",
            )


def _build_unknown_error(
    spec: ArgumentSpec, arguments: dict[str, Any], unknown: Iterable[str | tuple[str, ...]]
) -> OptionError:
    paths = sorted(name if isinstance(name, tuple) else (name,) for name in unknown)
    places, suggestions = [], []
    for path in paths:
        if _is_part_of_secret(path, spec, arguments):
            places.append(f"{path[0]}.{MASK}")
            continue
        places += [place[1:] for place in _iter_places(path, arguments)] or [".".join(path)]
        suggestions += suggest(path[-1], *_list_known(spec, path))
    own, connection = _list_known(spec, paths[0])
    hint = f"{ask(suggestions)}The options are {', '.join([*own, *connection])}."
    return OptionError(f"There is no option {join_first(list(dict.fromkeys(places)))}.", hint=hint)


def _list_known(spec: ArgumentSpec, path: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return the options where a path ends: those of the module, and those of the connection."""
    known = spec.options
    for name in path[:-1]:
        known = known[name]["options"]
    connection = spec.connection if len(path) == 1 else frozenset()
    return sorted(known.keys() - connection), sorted(known.keys() & connection)


def _iter_places(path: tuple[str, ...], value: Any) -> Iterator[str]:
    """Yield each place of a path in the arguments, with the numbers of list items: ``.jobs[0].name``."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from (f"[{number}]{rest}" for rest in _iter_places(path, item))
    elif isinstance(value, dict) and path[0] in value:
        inner = _iter_places(path[1:], value[path[0]]) if path[1:] else [""]
        yield from (f".{path[0]}{rest}" for rest in inner)


def _is_part_of_secret(path: tuple[str, ...], spec: ArgumentSpec, arguments: dict[str, Any]) -> bool:
    # Core parses a string in place of a dictionary into keys and values; those of a secret are parts of it.
    return len(path) > 1 and path[0] in spec.secret_options and path[-1] not in _iter_names(arguments[path[0]])


def _iter_names(value: Any) -> set[str]:
    """The keys of all dictionaries in a value."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {name for item in inner for name in _iter_names(item)} | (set(value) if isinstance(value, dict) else set())


def _iter_strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _iter_strings(item)


def _is_valid_text(value: str) -> bool:
    try:
        # The environment may contain bytes that are not UTF-8: the user typed them.
        return b"\0" not in value.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return False
