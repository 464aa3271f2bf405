from generators.network import graph
from generators.passes import rewrite
from tests.generators.passes.nets import dense, names, network, relu, sign


def chain():
    return network(relu(name="a"), sign(name="b"), dense([[1, 1]], name="c"))


def inputs(made):
    return [layer.inputs for layer in made.layers]


def test_splice_puts_a_chain_in_the_place_of_one():
    made = chain()
    new = [graph.Relu(name="d", inputs=("a",)), graph.Sign(name="e", inputs=("d",))]

    after = rewrite.splice(made, made.layers[1], new)

    assert names(after) == ["a", "d", "e", "c"]
    assert inputs(after) == [("input",), ("a",), ("d",), ("e",)]
    assert inputs(made) == [("input",), ("a",), ("b",)], "records are not changed"


def test_splice_takes_a_layer_out():
    made = chain()
    assert inputs(rewrite.splice(made, made.layers[0], [])) == [("input",), ("b",)]
    assert names(rewrite.splice(made, made.layers[2], [])) == ["a", "b"]


def test_splice_leaves_other_records_alone():
    made = chain()
    after = rewrite.splice(made, made.layers[2], [])
    assert after.layers[0] is made.layers[0] and after.layers[1] is made.layers[1]


def test_layers_by_name_and_kind():
    made = chain()
    assert rewrite.layer(made, "b") is made.layers[1]
    assert rewrite.layer(made, "input") is None
    assert rewrite.each(made, graph.Sign, graph.Dense) == ["b", "c"]
    assert rewrite.readers(made, "input") == [made.layers[0]]
    assert rewrite.readers(made, "c") == []
    assert rewrite.output_name(made) == "c"


def test_drop_unread():
    made = chain()
    assert names(rewrite.drop_unread(made, "b")) == ["a", "b"]
    assert names(rewrite.drop_unread(made, "c")) == ["a", "b", "c"]


def test_fresh_names():
    made = network(*(relu(name=name) for name in ("a", "a.scale", "a.scale.0", "b.scale.0")))
    assert rewrite.fresh(made, "b") == "b"
    assert rewrite.fresh(made, "a") == "a.0"
    assert rewrite.fresh(made, "a.scale") == "a.scale.1"
    assert rewrite.fresh(made, "x" * 64) == "x" * 60


def test_put_drops_what_nothing_reads():
    made = chain()
    new = graph.Relu(name="d", inputs=("input",))
    assert names(rewrite.put(made, made.layers[1], [new])) == ["d", "c"]
    assert names(rewrite.put(made, made.layers[2], [new])) == ["d"]
    assert names(rewrite.put(made, made.layers[2], [])) == ["a", "b"]


def test_swap():
    made = chain()
    after = rewrite.swap(made, made.layers[0], made.layers[1])
    assert names(after) == ["b", "a", "c"]
    assert inputs(after) == [("input",), ("b",), ("a",)]
