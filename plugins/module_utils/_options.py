# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

AUTOMATIC = "auto"
ARGUMENTS = "the arguments"


@dataclass(frozen=True)
class EnvironmentVariable:
    """A variable that stands in for an option nobody gave.

    ``convert`` turns the variable's own form into the option's; its ValueError says what the variable must be. The
    variable is passed over when one of ``overruled_by`` is an argument: who writes ``org`` in a task does not mean the
    host of the environment.
    """

    name: str
    convert: Callable[[str], Any] | None = None
    overruled_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Way:
    """A way to authenticate: its name as a value of ``auth``, and the options it needs."""

    name: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Authentication:
    """The ways of a service, and which of them an operation accepts, in its order of preference.

    ``optional`` marks an operation that also works without any credential, ``beside`` a way that one of its calls takes
    alone: it is kept whichever way is chosen for the others.
    """

    ways: tuple[Way, ...]
    accepted: tuple[str, ...]
    optional: bool = False
    beside: str | None = None

    def accepting(self, *names: str, optional: bool = False, beside: str | None = None) -> Authentication:
        return replace(self, accepted=names, optional=optional, beside=beside)

    @property
    def accepted_ways(self) -> tuple[Way, ...]:
        by_name = {way.name: way for way in self.ways}
        return tuple(by_name[name] for name in self.accepted)


@dataclass(frozen=True)
class ArgumentSpec:
    """Options in Ansible's own form, with what else decides about them. Specs add up."""

    options: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    mutually_exclusive: tuple[tuple[str, ...], ...] = ()
    required_together: tuple[tuple[str, ...], ...] = ()
    required_one_of: tuple[tuple[str, ...], ...] = ()
    required_if: tuple[tuple[Any, ...], ...] = ()
    required_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    environment: Mapping[str, tuple[EnvironmentVariable, ...]] = field(default_factory=dict)
    authentication: Authentication | None = None

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
        )

    def accepting(self, *names: str, optional: bool = False, beside: str | None = None) -> ArgumentSpec:
        """This spec for an operation that accepts only these ways to authenticate, best first."""
        if self.authentication is None:
            raise ValueError("this spec has no ways to authenticate")
        return replace(self, authentication=self.authentication.accepting(*names, optional=optional, beside=beside))

    @property
    def variables(self) -> set[str]:
        """The names of all environment variables that stand in for options."""
        return {variable.name for variables in self.environment.values() for variable in variables}

    @property
    def secret_options(self) -> list[str]:
        return [name for name, option in self.options.items() if option.get("no_log")]

    def secrets_in(self, values: Mapping[str, Any]) -> list[str]:
        """What stands in the secret options of these arguments or parameters."""
        return [str(values[name]) for name in self.secret_options if values.get(name)]

    def validation(self) -> dict[str, Any]:
        """The keyword arguments that ``AnsibleModule`` and ``ArgumentSpecValidator`` share."""
        return {
            "argument_spec": {name: dict(option) for name, option in self.options.items()},
            "mutually_exclusive": self.mutually_exclusive,
            "required_together": self.required_together,
            "required_one_of": self.required_one_of,
            "required_if": self.required_if,
            "required_by": dict(self.required_by),
        }

    def resolve(self, arguments: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
        """Complete what was given as arguments from the environment; arguments win.

        An argument that is None says that there is no value, whatever this environment holds.

        The credentials win or lose as a whole: who gives one way to authenticate in the arguments never gets
        another one from the environment, and in the environment several ways may stand side by side. The
        result names its way in ``auth`` and holds the options of no other, so that it resolves to itself.

        :raises OptionError: two ways as arguments, a way that is not accepted here, or none at all.
        """
        return _Resolution(self, arguments, environ).result()

    def origins(self, arguments: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
        """For each option that :meth:`resolve` finds a value for: ``the arguments``, or the variable's name."""
        resolution = _Resolution(self, arguments, environ)
        return {option: resolution.origin(option) for option in resolution.result() if option != "auth"}

    def has_credentials(self, arguments: Mapping[str, Any], environ: Mapping[str, str]) -> bool:
        """Whether any part of any way to authenticate is there."""
        ways = self.authentication.ways if self.authentication else ()
        resolution = _Resolution(self, arguments, environ)
        return any(resolution.value(option) is not None for way in ways for option in way.options)

    def variables_of(self, option: str) -> str:
        """How a message names an option: ``client_id (GREPR_CLIENT_ID)``."""
        names = [variable.name for variable in self.environment.get(option, ())]
        return f"{option} ({' or '.join(names)})" if names else option


class _Resolution:
    def __init__(self, spec: ArgumentSpec, arguments: Mapping[str, Any], environ: Mapping[str, str]) -> None:
        self.spec = spec
        self.environ = environ
        self.given = {name: value for name, value in arguments.items() if not self._blank(name, value)}
        self.closed = {name for name, value in arguments.items() if value is None}

    def _blank(self, name: str, value: Any) -> bool:
        # An empty string is what a template makes of a variable that is not set, so it does not hide the
        # environment; options that have no variable may be empty on purpose.
        return value is None or (value == "" and name in self.spec.environment)

    def _variable(self, option: str) -> EnvironmentVariable | None:
        if option in self.closed:
            return None
        for variable in self.spec.environment.get(option, ()):
            if self.environ.get(variable.name) and not any(name in self.given for name in variable.overruled_by):
                return variable
        return None

    def _from_environment(self, option: str) -> Any:
        variable = self._variable(option)
        if variable is None:
            return None
        value = self.environ[variable.name]
        try:
            return variable.convert(value) if variable.convert else value
        except ValueError as error:
            raise OptionError(f"The environment variable {variable.name} must be {error}.") from None

    def origin(self, option: str) -> str:
        variable = None if option in self.given else self._variable(option)
        return variable.name if variable else ARGUMENTS

    def value(self, option: str) -> Any:
        return self.given[option] if option in self.given else self._from_environment(option)

    def result(self) -> dict[str, Any]:
        authentication = self.spec.authentication
        credentials = {option for way in authentication.ways for option in way.options} if authentication else set()
        result = {name: value for name, value in self.given.items() if name not in credentials}
        for option in self.spec.environment:
            value = None if option in credentials else self.value(option)
            if value is not None:
                result[option] = value
        if authentication is not None:
            way = self._way(authentication)
            if way is not None:
                result["auth"] = way.name
                result.update({option: self.value(option) for option in way.options})
                result.update(self._beside(authentication))
            elif result.get("auth") in [other.name for other in authentication.ways]:
                # Chosen for others, in the defaults of a group; here there is nothing to choose.
                del result["auth"]
        return result

    def _beside(self, authentication: Authentication) -> dict[str, Any]:
        kept = [option for way in authentication.ways if way.name == authentication.beside for option in way.options]
        values = {option: self.value(option) for option in kept}
        return values if all(value is not None for value in values.values()) else {}

    def _way(self, authentication: Authentication) -> Way | None:
        requested = self.given.get("auth", AUTOMATIC)
        if requested != AUTOMATIC and not (authentication.optional and requested not in authentication.accepted):
            return self._requested(authentication, str(requested))
        # An open operation has no use for the other ways: a group's defaults may well carry them.
        considered = authentication.accepted_ways if authentication.optional else authentication.ways
        given = [way for way in considered if any(option in self.given for option in way.options)]
        if len(given) > 1:
            given = [way for way in given if way.name != authentication.beside]
        if len(given) > 1:
            ways = " and ".join(f"{way.name} ({', '.join(way.options)})" for way in given)
            raise OptionError(
                f"The arguments hold more than one way to authenticate: {ways}.",
                hint="Give one of them, or choose with the option auth.",
            )
        if given:
            return self._complete(authentication, given[0])
        for way in authentication.accepted_ways:
            if all(self.value(option) is not None for option in way.options):
                return way
        if authentication.optional:
            return None
        raise OptionError("No credentials were given.", hint=f"Give {self._choices(authentication)}.")

    def _requested(self, authentication: Authentication, name: str) -> Way | None:
        way = next((way for way in authentication.ways if way.name == name), None)
        # A value that names no way at all is for the validation of the options to refuse.
        return self._complete(authentication, way) if way else None

    def _complete(self, authentication: Authentication, way: Way) -> Way:
        if way.name not in authentication.accepted:
            raise OptionError(
                f"This call does not accept auth={way.name} ({', '.join(way.options)}).",
                hint=f"Give {self._choices(authentication)}.",
            )
        missing = [self.spec.variables_of(option) for option in way.options if self.value(option) is None]
        if missing:
            raise OptionError(f"auth={way.name} also needs {' and '.join(missing)}.")
        return way

    def _choices(self, authentication: Authentication) -> str:
        return ", or ".join(
            " and ".join(self.spec.variables_of(option) for option in way.options)
            for way in authentication.accepted_ways
        )
