"""The command: its fronts, what it leaves, and every refusal."""

import json
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from boards import devices
from generators.explore import __main__ as cli
from generators.explore import designs
from generators.finn import __main__ as finn
from generators.finn import build as build_room
from tests.generators.finn import nets
from tests.generators.finn.commands import BOARDS

TWO = nets.model(nets.dense(size=(8, 12), activation=nets.SIGN),
                 nets.dense("fc1", "fc0", size=(6, 8), weights="int3"), shape=(12,))  # fmt: skip


@pytest.fixture(scope="module")
def explored(tmp_path_factory):
    """A folder with the model and what its exploration left."""
    folder = tmp_path_factory.mktemp("explored")
    status = cli.main([str(nets.folder(TWO, folder)), "--points", "4", "-o", str(folder / "front")])
    assert status == 0
    return folder


@pytest.fixture
def found(explored) -> dict:
    return json.loads((explored / "front" / "front.json").read_text())


def test_fronts(found):
    by_name = {design["name"]: design for design in found["designs"]}
    assert list(found["fronts"]) == ["fps", "latency"]
    for objective, field in (("fps", "cycles_per_frame"), ("latency", "latency_cycles")):
        front = [by_name[name] for name in found["fronts"][objective]]
        figures = [(design[field], design["estimate"]["lut"]) for design in front]
        assert 2 <= len(front) <= 4
        assert figures == sorted(figures)
        assert sorted(lut for _, lut in figures) == [lut for _, lut in figures[::-1]]
        assert len(set(figures)) == len({lut for _, lut in figures}) == len(figures)
    assert set(by_name) == {name for names in found["fronts"].values() for name in names}
    assert found["budget"] == found["available"] | {"lut": 42560}


def test_fold_files_build_the_same_designs(explored, found, capsys, monkeypatch):
    monkeypatch.setattr(build_room, "Top", lambda *parts: None)
    monkeypatch.setattr(build_room, "convert", lambda top: "")
    nets.empty_systems(monkeypatch)
    for design in found["designs"]:
        fold, build = explored / "front" / f"{design['name']}.json", explored / design["name"]
        arguments = [explored / "model.json", "--fold", fold, "-o", build]
        assert finn.main([str(argument) for argument in arguments]) == 0
        report = json.loads((build / "report.json").read_text())
        for name in ("cycles_per_frame", "latency_cycles", "frames_per_second"):
            assert report[name] == design[name]
        assert report["totals"] == design["estimate"] | {"source": "estimate"}
        assert (build / "fold.json").read_bytes() == fold.read_bytes()
    capsys.readouterr()


class Reader(HTMLParser):
    """The text of a page, and its tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.tags = "", []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text += f"{data} "


def test_page_and_picture(explored, found):
    picture = (explored / "front" / "front.svg").read_text()
    dots = [tag for tag in ElementTree.fromstring(picture).iter() if tag.tag.endswith("circle")]
    assert len(dots) == sum(map(len, found["fronts"].values()))
    page = Reader((explored / "front" / "front.html").read_text())
    assert "net on zynq7020 at an assumed 100 MHz" in page.text
    fold = f"--fold {found['designs'][0]['name']}.json --board zynq7020 --part-of LUT=0.8"
    assert f"python -m generators.finn MODEL {fold}" in " ".join(page.text.split())
    assert page.tags.count("tr") == len(found["designs"]) + 1
    for design in found["designs"]:
        assert design["name"] in page.text
        assert f"{design['estimate']['lut']:,}" in page.text


def test_how_sure_it_is(found):
    exact = [{"proven": True, "gap": 0.0}]
    said = "as far as estimates tell, no design is better"
    assert cli.page.optimality({"designs": exact}) == f"{said}: proven for each"
    near = {"designs": [*exact, {"proven": False, "gap": 0.0123}]}
    assert cli.page.optimality(near) == f"{said} by more than 1.2%"
    assert all(design["gap"] == 0 for design in found["designs"] if design["proven"])


def test_path_on_stdout_and_the_front_on_stderr(explored, found, capsys):
    out = explored / "again"
    arguments = ["--points", "2", "--objective", "latency", "-o", str(out)]
    assert cli.main([str(explored / "model.json"), *arguments]) == 0
    text = capsys.readouterr()
    assert text.out == f"{out}\n"
    again = json.loads((out / "front.json").read_text())
    assert list(again["fronts"]) == ["latency"]
    assert "net on zynq7020 at an assumed 100 MHz: latency against LUTs, by estimate" in text.err
    for design in again["designs"]:
        assert f"{design['name']}.json" in text.err
        assert design["binds"] in text.err
    files = sorted(path.name for path in out.iterdir())
    names = [f"{design['name']}.json" for design in again["designs"]]
    assert files == sorted([*names, "front.html", "front.json", "front.svg"])


def test_an_earlier_exploration_is_replaced(explored, capsys):
    folder = explored / "twice"
    arguments = [str(explored / "model.json"), "-o", str(folder), "--objective", "fps", "--points"]
    assert cli.main([*arguments, "3"]) == cli.main([*arguments, "2"]) == 0
    found = json.loads((folder / "front.json").read_text())
    assert len(list(folder.glob("net-*.json"))) == len(found["designs"]) == 2
    capsys.readouterr()


def test_designs_of_the_same_cycles_get_other_names(explored):
    network, board = nets.network(TWO), devices.find("zynq7020")
    explorer = designs.Explorer(network, designs.plan.Wish(board=board, clock_mhz=100.0))
    one, other = explorer.within(12), explorer.within(40)
    assert cli.page._names([one, other]) == [f"net-{one.cycles:04}", f"net-{other.cycles:04}"]
    assert cli.page._names([one, one])[0] == f"net-{one.cycles:04}-{one.latency}"
    assert explorer.within(12) is one
    assert set(one.binds.split(", ")) <= {"fc0", "fc1", "input", "output"}


_POOL = nets.model(nets.THRESHOLD, kind="uint4", shape=(6, 6, 1))

REFUSED = [
    ("no model", None, (), "command line: the following arguments are required: MODEL"),
    ("points", TWO, ("--points", "0"),
     "command line: argument --points: must be a positive integer, not '0'"),
    ("workers", TWO, ("--synth", "--workers", "many"),
     "command line: argument --workers: must be a positive integer, not 'many'"),
    *((f"objective {text}", TWO, ("--objective", text), "command line: argument --objective: "
       f"must be fps, latency or fps,latency, not {text!r}") for text in ("dsp", "fps,", "")),
    ("board", TWO, ("--board", "zynq"),
     f"--board: Board must be one of {BOARDS} or a file NAME.toml, not 'zynq'"),
    ("workers alone", TWO, ("--workers", "2"),
     "--workers: Option must come with --synth, whose work it spreads"),
    ("scheduler alone", TWO, ("--scheduler", "tcp://127.0.0.1:1"),
     "--scheduler: Option must come with --synth, whose work it spreads"),
    ("nothing to fold", _POOL, (),
     "net: Network must have a dense layer or a convolution, whose folds are explored"),
    ("another folder", TWO, ("-o", "{in}"),
     "{in}: Folder must be empty or an earlier exploration; it was left alone"),
    ("a file", TWO, ("-o", "{in}/model.json"),
     "{in}/model.json: Folder must be empty or an earlier exploration; it was left alone"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "arguments", "sentence"),
                         [pytest.param(*case[1:], id=case[0]) for case in REFUSED])  # fmt: skip
def test_refused(document, arguments, sentence, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "in"
    folder.mkdir()
    if document is not None:
        arguments = (str(nets.folder(document, folder)), *arguments)
    before = sorted(tmp_path.rglob("*"))
    status = cli.main([argument.replace("{in}", str(folder)) for argument in arguments])
    out, err = capsys.readouterr()
    assert err == sentence.replace("{in}", str(folder)) + "\n"
    assert (status, out) == (2, "")
    assert sorted(tmp_path.rglob("*")) == before


def test_what_fits_nothing_says_what_binds(tmp_path, capsys):
    path = nets.folder(TWO, tmp_path)
    status = cli.main([str(path), "--part-of", "LUT=0.0001", "-o", str(tmp_path / "front")])
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert err.startswith("--max: Network must fit the board, but needs LUT ")
    assert not (tmp_path / "front").exists()
