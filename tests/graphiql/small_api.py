"""A small GraphQL API that knows the explorer's sign-in: the other side of the explorer's tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import strawberry
from graphql import GraphQLError
from starlette.requests import HTTPConnection


@strawberry.type
class Named:
    """Anything with a name."""

    name: str


@strawberry.type
class Who:
    """Who is asking."""

    account: Named
    role: str
    business: Named


@strawberry.type
class Refused:
    """Why a mutation did nothing."""

    message: str
    remedy: str


@strawberry.type
class SignedIn:
    """What signing in answers."""

    token: str | None
    problems: list[Refused]


@strawberry.input
class SignInInput:
    """Who signs in."""

    email: str
    password: str


def _token(info: strawberry.Info) -> str | None:
    request: HTTPConnection = info.context["request"]
    token: str | None = request.headers.get("authorization")
    return token


@strawberry.type
class Query:
    """What can be read."""

    @strawberry.field
    @staticmethod
    def hello(name: str = "you") -> str:
        """A greeting."""
        return f"Hello {name}"

    @strawberry.field
    @staticmethod
    def header(info: strawberry.Info, name: str) -> str | None:
        """A header of this very request."""
        value: str | None = info.context["request"].headers.get(name)
        return value

    @strawberry.field
    @staticmethod
    def refused() -> str | None:
        """What a server answers to a token that was revoked meanwhile."""
        raise GraphQLError("Sign in first.", extensions={"code": "UNAUTHENTICATED"})

    @strawberry.field
    @staticmethod
    def viewer(info: strawberry.Info) -> Who | None:
        """Who is asking; null for a token that is not good."""
        if _token(info) != "Bearer good-token":
            return None
        return Who(account=Named(name="Ada Berg"), role="OWNER", business=Named(name="Salon Berg"))


@strawberry.type
class Mutation:
    """What can be changed."""

    @strawberry.mutation
    @staticmethod
    def sign_in(input: SignInInput) -> SignedIn:
        """Answer a token for the demo's password."""
        if input.password == "demo-password":
            return SignedIn(token="good-token", problems=[])
        refused = Refused(message="Wrong password.", remedy="Try again.")
        return SignedIn(token=None, problems=[refused])

    @strawberry.mutation
    @staticmethod
    def sign_out() -> SignedIn:
        """Forget the token."""
        return SignedIn(token=None, problems=[])


@strawberry.type
class Subscription:
    """What can be watched."""

    @strawberry.subscription
    @staticmethod
    async def greetings(info: strawberry.Info, to: int) -> AsyncIterator[str]:
        """Say so many greetings, and with which token the socket was opened."""
        token = (info.context["connection_params"] or {}).get("Authorization")
        for number in range(1, to + 1):
            yield f"{number} for {token}"
            await asyncio.sleep(0.05)

    @strawberry.subscription
    @staticmethod
    async def ending(code: str) -> AsyncIterator[str]:
        """Say one thing, then what a server says to a token that ended meanwhile."""
        yield "welcome"
        raise GraphQLError("Sign in again.", extensions={"code": code})


SCHEMA = strawberry.Schema(Query, Mutation, Subscription)
