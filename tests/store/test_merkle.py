"""The Merkle tree: published vectors, and a slow model written from the definition."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.store.merkle import EMPTY, Frontier, Tree, extends, includes, leaf_hash, node_hash

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
"""The leaves of Certificate Transparency's own tests."""
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Their roots at sizes 1 to 8."""
INCLUSIONS = [
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
]
CONSISTENCIES = [
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]


def slow_root(data: list[bytes]) -> bytes:
    """RFC 9162 2.1.1, word for word."""
    if not data:
        return hashlib.sha256(b"").digest()
    if len(data) == 1:
        return hashlib.sha256(b"\0" + data[0]).digest()
    k = 1
    while k * 2 < len(data):
        k *= 2
    return hashlib.sha256(b"\1" + slow_root(data[:k]) + slow_root(data[k:])).digest()


def slow_path(m: int, data: list[bytes]) -> list[bytes]:
    """RFC 9162 2.1.3.1."""
    if len(data) == 1:
        return []
    k = 1
    while k * 2 < len(data):
        k *= 2
    if m < k:
        return [*slow_path(m, data[:k]), slow_root(data[k:])]
    return [*slow_path(m - k, data[k:]), slow_root(data[:k])]


def slow_proof(m: int, data: list[bytes], whole: bool = True) -> list[bytes]:
    """RFC 9162 2.1.4.1."""
    if m == len(data):
        return [] if whole else [slow_root(data)]
    k = 1
    while k * 2 < len(data):
        k *= 2
    if m <= k:
        return [*slow_proof(m, data[:k], whole), slow_root(data[k:])]
    return [*slow_proof(m - k, data[k:], False), slow_root(data[:k])]


def data_of(size: int) -> list[bytes]:
    return [b"leaf %d" % number for number in range(size)]


def tree_of(data: list[bytes]) -> Tree:
    return Tree(leaf_hash(item) for item in data)


@pytest.mark.parametrize("size", range(1, 9))
def test_root_is_the_published_one(size: int) -> None:
    assert tree_of(LEAVES[:size]).root().hex() == ROOTS[size - 1]
    assert tree_of(LEAVES).root(size).hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("index", "size", "path"), INCLUSIONS)
def test_inclusion_is_the_published_one(index: int, size: int, path: list[str]) -> None:
    assert [step.hex() for step in tree_of(LEAVES).inclusion(index, size)] == path


@pytest.mark.parametrize(("old", "new", "path"), CONSISTENCIES)
def test_consistency_is_the_published_one(old: int, new: int, path: list[str]) -> None:
    assert [step.hex() for step in tree_of(LEAVES).consistency(old, new)] == path


def test_roots_and_proofs_are_those_of_the_definition() -> None:
    data = data_of(40)
    tree, frontier = tree_of(data), Frontier()
    for size in range(41):
        root = slow_root(data[:size])
        assert tree.root(size) == frontier.root() == root
        assert frontier.size == size
        for index in range(size):
            path = tree.inclusion(index, size)
            assert list(path) == slow_path(index, data[:size])
            assert includes(leaf_hash(data[index]), index, size, path, root)
        for old in range(1, size + 1):
            path = tree.consistency(old, size)
            assert list(path) == slow_proof(old, data[:size])
            assert extends(old, slow_root(data[:old]), size, root, path)
        if size < 40:
            frontier.add(leaf_hash(data[size]))


def test_empty_tree_has_the_hash_of_nothing_and_begins_every_tree() -> None:
    assert Tree([]).root() == Frontier().root() == EMPTY
    assert extends(0, EMPTY, 3, tree_of(data_of(3)).root(), ())
    assert not extends(0, leaf_hash(b""), 3, tree_of(data_of(3)).root(), ())


@given(st.integers(1, 200), st.data())
@settings(max_examples=150, deadline=None)
def test_nothing_else_is_included(size: int, draw: st.DataObject) -> None:
    data = data_of(size)
    tree = tree_of(data)
    index = draw.draw(st.integers(0, size - 1))
    path, root, leaf = list(tree.inclusion(index)), tree.root(), leaf_hash(data[index])
    assert includes(leaf, index, size, path, root)
    other = draw.draw(st.integers(-2, size + 2))
    assert includes(leaf, other, size, path, root) == (other == index)
    assert not includes(leaf_hash(b"other"), index, size, path, root)
    assert not includes(leaf, index, size, path, leaf_hash(b"other"))
    assert not includes(leaf, index, size, [*path, root], root)
    if path:
        assert not includes(leaf, index, size, path[:-1], root)
        place = draw.draw(st.integers(0, len(path) - 1))
        path[place] = leaf_hash(b"other")
        assert not includes(leaf, index, size, path, root)


@given(st.integers(1, 200), st.data())
@settings(max_examples=150, deadline=None)
def test_nothing_else_is_consistent(new: int, draw: st.DataObject) -> None:
    data = data_of(new)
    old = draw.draw(st.integers(1, new))
    tree = tree_of(data)
    was, now, path = tree.root(old), tree.root(), list(tree.consistency(old))
    assert extends(old, was, new, now, path)
    assert not extends(old, leaf_hash(b"other"), new, now, path)
    assert not extends(old, was, new, leaf_hash(b"other"), path)
    assert not extends(old, was, new, now, [*path, now])
    assert not extends(new + 1, was, new, now, path)
    changed = draw.draw(st.integers(0, old - 1))
    rewritten = tree_of([*data[:changed], b"other", *data[changed + 1 :]])
    assert not extends(old, was, new, rewritten.root(), rewritten.consistency(old))
    if path:
        assert not extends(old, was, new, now, path[:-1])


def test_a_node_is_no_leaf() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)


@pytest.mark.parametrize("size", [-1, 4])
def test_there_is_no_tree_of_more_leaves_than_there_are(size: int) -> None:
    tree = tree_of(data_of(3))
    for ask in (tree.root, lambda n: tree.inclusion(0, n), lambda n: tree.consistency(0, n)):
        with pytest.raises(IndexError):
            ask(size)
    for index in (-1, 3):
        with pytest.raises(IndexError):
            tree.inclusion(index)
