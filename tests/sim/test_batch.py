"""The batch harness on ports that are wider than the machine's words, and when it dies."""

import numpy as np
import pytest

from sim import cosim, models
from sim.manifest import BuildError, Manifest, Port

# Five beats of 40 bits in, two beats of 100 bits out; a frame's bits stay in their order.
VERILOG = """
module top(clk, rst, s_axis_tdata, s_axis_tvalid, s_axis_tready, s_axis_tlast,
           m_axis_tdata, m_axis_tvalid, m_axis_tready, m_axis_tlast);
  input clk, rst, s_axis_tvalid, s_axis_tlast, m_axis_tready;
  input [39:0] s_axis_tdata;
  output s_axis_tready, m_axis_tvalid, m_axis_tlast;
  output [99:0] m_axis_tdata;
  reg [199:0] x;
  reg [2:0] filled;
  reg half;
  assign s_axis_tready = filled != 5;
  assign m_axis_tvalid = filled == 5;
  assign m_axis_tlast = half;
  assign m_axis_tdata = half ? x[199:100] : x[99:0];
  always @(posedge clk) begin
    if (s_axis_tready && s_axis_tvalid) begin
      x <= {s_axis_tdata, x[199:40]};
      filled <= s_axis_tlast ? 5 : filled + 1;
    end
    if (m_axis_tvalid && m_axis_tready) begin
      half <= !half;
      if (half) filled <= 0;
    end
    if (rst) begin filled <= 0; half <= 0; end
  end
endmodule
"""


def port(name: str, lanes: int) -> Port:
    return Port(port=name, type="int4", shape=(50,), items=50, element_bits=4, lanes=lanes,
                width=4 * lanes, beats=50 // lanes)


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wide")
    (folder / "top.v").write_text(VERILOG)
    return Manifest(folder=folder, name="wide", top="top", clock_mhz=100.0, cycles_per_frame=7,
                    latency_cycles=6, input=port("s_axis", 10), output=port("m_axis", 25),
                    files={"top.v": "wide"})


@pytest.mark.parametrize("stall", [0.0, 0.4])
def test_wide_ports(wide, stall):
    x = np.random.default_rng(3).integers(-8, 8, (30, 50))
    seen = []
    result = cosim.simulate(wide, x, stall=stall, seed=2, progress=seen.append)
    np.testing.assert_array_equal(result.outputs, x)
    assert all(0 < done <= 30 for done in seen)
    if not stall:
        assert (result.cycles_per_frame, result.latency_cycles) == (7, 6)
        np.testing.assert_array_equal(result.last - result.first, 6)


def test_another_seed_pauses_elsewhere(wide):
    x = np.zeros((10, 50), int)
    one, two, again = (cosim.simulate(wide, x, stall=0.5, seed=seed) for seed in (1, 2, 1))
    assert one.cycles == again.cycles
    assert not np.array_equal(one.last, two.last)


def stand_in(folder, text: str) -> Manifest:
    """A build whose compiled model is a shell script."""
    build = Manifest(folder=folder, name="wide", top="top", clock_mhz=100.0, cycles_per_frame=7,
                     latency_cycles=6, input=port("s_axis", 10), output=port("m_axis", 25),
                     files={"top.v": "stand-in"})
    model = models.folder(build, "verilator", "batch")
    model.mkdir(parents=True)
    (model / "top").write_text(f"#!/bin/sh\n{text}\n")
    (model / "top").chmod(0o755)
    return build


@pytest.mark.parametrize("end", ["exit 3", "kill -SEGV $$"])
def test_program_that_dies(tmp_path, end):
    build = stand_in(tmp_path, f"echo too bad >&2; {end}")
    with pytest.raises(cosim.SimulationError) as caught:
        cosim.simulate(build, np.zeros((1, 50), int))
    log = tmp_path / "sim" / "verilator-run.log"
    assert str(caught.value) == f"Simulator must finish; {log} ends with\ntoo bad"
    assert not list((tmp_path / "sim").glob(".*"))


def test_progress_is_passed_on(tmp_path):
    build = stand_in(tmp_path, "echo 7 > $1/progress; sleep 0.3; exit 1")
    seen = []
    with pytest.raises(cosim.SimulationError):
        cosim.simulate(build, np.zeros((1, 50), int), progress=seen.append)
    assert seen and set(seen) == {7}


def test_folder_that_is_a_file(tmp_path):
    build = stand_in(tmp_path / "build", "")
    broken = Manifest(**{**vars(build), "folder": tmp_path / "file"})
    (tmp_path / "file").mkdir()
    (tmp_path / "file" / "sim").write_text("")
    with pytest.raises(BuildError) as caught:
        cosim.simulate(broken, np.zeros((1, 50), int))
    what = "Folder cannot be written: File exists"
    assert str(caught.value) == f"{tmp_path}/file/sim: {what}"
