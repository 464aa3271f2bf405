import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from boards import driver
from boards.driver.__main__ import main
from boards.driver.remote import Server
from tests.boards.driver import model
from tests.boards.driver.test_bitstream import bit

FRAMES = np.random.default_rng(0).integers(0, 256, (100, 12))


@pytest.fixture
def build(tmp_path):
    folder = tmp_path / "build"
    shutil.copytree(Path(driver.__file__).parent, folder / "driver",
                    ignore=shutil.ignore_patterns("__pycache__"))  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(model.manifest()))
    np.savez(folder / "driver/vectors.npz", inputs=FRAMES[:4], outputs=model.thirds(FRAMES[:4]))
    return folder


@pytest.fixture
def hardware():
    return model.Model(model.manifest())


@pytest.fixture
def way(hardware):
    """A server of the model, as ``--transport`` names it."""
    server = Server(model.Direct(hardware))
    thread = threading.Thread(target=_serve, args=(server,), daemon=True)
    thread.start()
    yield f"tcp:localhost:{server.port}"
    server.close()


def _serve(server):
    try:
        server.serve_forever()
    except OSError:
        return


def test_copied(build, way):
    """As it is used: in a build's folder, with nothing of ours but what stands there."""
    done = subprocess.run([sys.executable, "-I", "-c", "import sys, runpy; sys.path.insert(0, '.');"
                           "sys.argv = ['driver', 'selftest', '--transport', sys.argv[1]];"
                           "runpy.run_module('driver', run_name='__main__')", way],
                          cwd=build, capture_output=True, text=True)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == f"ok identity: build {model.DIGEST[:16]} is loaded"
    assert lines[-2:] == ["ok vectors: 4 known frames gave their results", "self-test passed"]


def test_run(build, way, tmp_path, capsys):
    np.save(tmp_path / "x.npy", FRAMES.reshape(100, 4, 3, 1).astype(np.uint8))
    files = [str(tmp_path / name) for name in ("x.npy", "y.npy")]
    assert main(["run", *files, "--build", str(build), "--transport", way]) == 0
    assert capsys.readouterr().out == files[1] + "\n"
    found = np.load(files[1])
    np.testing.assert_array_equal(found, model.thirds(FRAMES))


def test_info(build, way, capsys):
    assert main(["info", "--build", str(build), "--transport", way]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"build small {model.DIGEST[:16]} for pynq_z2",
        "input 4 x 3 x 1 uint8, 12 bytes a frame",
        "output 3 int16, 6 bytes a frame",
        "2 cycles a frame at 100 MHz",
        f"loaded {model.DIGEST[:16]}: idle",
    ]


def test_variable(build, way, tmp_path, monkeypatch, capsys):
    """The environment names the transport; a server has loaded the bitstream itself."""
    monkeypatch.setenv("BITLOOM_TRANSPORT", way)
    (tmp_path / "a.bit").write_bytes(bit())
    assert main(["load", str(tmp_path / "a.bit"), "--build", str(build)]) == 0
    assert capsys.readouterr().out == f"loaded by the server {model.DIGEST[:16]}\n"
    (tmp_path / "a.bit").write_bytes(bit("7z010clg400"))
    assert main(["selftest", "--load", str(tmp_path / "a.bit"), "--build", str(build)]) == 2
    message = f"{tmp_path / 'a.bit'}: Bitstream must be for xc7z020clg400-1, not for 7z010clg400\n"
    assert capsys.readouterr().err == message


def test_throughput(build, way, capsys):
    options = ["--build", str(build), "--transport", way, "--frames", "50", "--timeout", "2"]
    assert main(["throughput", *options]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == ("hardware alone 31,250,000 frames/s: 3.2 cycles a frame at "
                        "100 MHz")  # fmt: skip


def test_selftest_fails(build, way, hardware, capsys):
    hardware.core = lambda values: model.thirds(values) + 1
    assert main(["selftest", "--build", str(build), "--transport", way]) == 1
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 4
    assert err == ("Self-test failed at vectors: 4 of 4 known frames give another result, the "
                   "first is frame 0; check that the timing was met at the clock's frequency, and "
                   "load the bitstream again\n")  # fmt: skip


def test_wrong_build(build, way, hardware, capsys):
    hardware.set("DIGEST0", 0)
    assert main(["selftest", "--build", str(build), "--transport", way]) == 2
    err = capsys.readouterr().err
    assert err.startswith("Bitstream must be that of build") and err.count("\n") == 1


@pytest.mark.parametrize(("args", "message"), [
    (["fly"], "argument COMMAND: invalid choice: 'fly' (choose from 'info', 'load', 'run', "
              "'selftest', 'throughput')"),
    (["throughput", "--frames", "0"],
     "argument --frames: must be a positive integer, not '0'"),
    (["info", "--timeout", "-1"], "argument --timeout: must be positive seconds, not '-1'"),
    (["info", "--build", "nowhere"],
     "nowhere: Folder must be a build with a manifest.json: No such file or directory"),
    (["run", "x.npy", "nowhere/y.npy"],
     "nowhere/y.npy: File must stand in a folder that exists"),
    (["run", "nothing.npy", "y.npy"],
     "nothing.npy: File must be a .npy: No such file or directory"),
    (["run", "text.npy", "y.npy"], "text.npy: File must be a .npy: it is none"),
    (["run", "cut.npy", "y.npy"], "cut.npy: File must be a .npy: it is none"),
    (["run", "two.npz", "y.npy"], "two.npz: File must be a .npy, one array, not a .npz"),
    (["load", "a.bit", "--load", "b.bit"],
     "Bitstream must be given once: load FILE.bit, without --load"),
])  # fmt: skip
def test_refuses(args, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("text.npy").write_text("text")
    Path("cut.npy").write_bytes(b"\x93NUMPY\x01\x00\x12\x00{'shape': (3, 4,   ")
    np.savez("two.npz", x=1)
    assert main(args) == 2
    assert capsys.readouterr().err == message + "\n"
    assert not Path("y.npy").exists()


@pytest.mark.parametrize(("text", "message"), [
    ("{", "{path}: File must be JSON; build again"),
    ("[]", '{path}: File must be a manifest with "bitloom": 1; build again'),
])  # fmt: skip
def test_bad_manifest(text, message, tmp_path, capsys):
    (tmp_path / "manifest.json").write_text(text)
    assert main(["info", "--build", str(tmp_path)]) == 2
    assert capsys.readouterr().err == message.format(path=tmp_path / "manifest.json") + "\n"


def test_bad_vectors(build, way, capsys):
    (build / "driver/vectors.npz").write_bytes(b"no")
    assert main(["selftest", "--build", str(build), "--transport", way]) == 2
    path = build / "driver/vectors.npz"
    assert capsys.readouterr().err.startswith(f"{path}: File must hold inputs and outputs: ")


def test_host_thresholds(build, tmp_path):
    """Pixels against the thresholds that --pack-input leaves to the host."""
    host = {"type": "uint8", "thresholds": [[128]], "base": -1, "step": 2}
    document = model.manifest(model.port("bipolar", (4, 3, 1), 1), host=host)
    (build / "manifest.json").write_text(json.dumps(document))
    np.save(tmp_path / "x.npy", FRAMES.astype(np.uint8))
    np.save(tmp_path / "s.npy", FRAMES >= 128)
    server = Server(model.Direct(model.Model(document)))
    threading.Thread(target=_serve, args=(server,), daemon=True).start()
    options = ["--build", str(build), "--transport", f"tcp:localhost:{server.port}"]
    expected = model.thirds(np.where(FRAMES >= 128, 1, -1))
    for name, more in (("x.npy", []), ("s.npy", ["--prepared"])):
        target = tmp_path / f"y{name}"
        assert main(["run", str(tmp_path / name), str(target), *more, *options]) == 0
        np.testing.assert_array_equal(np.load(target), expected)
    server.close()
