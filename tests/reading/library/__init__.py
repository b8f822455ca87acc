"""A small module with every kind of field there is, for testing how selections are read."""

from modules import Module
from tests.reading.library import resolvers

module = Module(
    name="library",
    schema=[resolvers.LibraryQueries, resolvers.AuthorBooks, resolvers.BookReviews],
)
