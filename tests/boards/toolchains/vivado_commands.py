"""The commands that our scripts use, with those of their options that UG835 (2020.2 to 2025.2) has.

The ipx:: commands have no pages there; theirs are those that ``ipx::COMMAND -help`` prints, as used
by published packaging scripts.
"""

# Command: options without a value, options with one, fewest and most positional words.
_NONE = ((), (), 0, 0)
_ADD = (("-quiet", "-verbose"), (), 2, 2)
_GET = (("-quiet", "-verbose", "-regexp", "-nocase"), ("-of_objects", "-filter"), 0, 1)
COMMANDS = {
    "set_param": (("-quiet", "-verbose"), (), 2, 2),
    "read_verilog": (("-sv", "-quiet", "-verbose"), ("-library",), 1, 1),
    "read_xdc": (("-quiet_diff_pairs", "-unmanaged", "-no_add", "-quiet", "-verbose"),
                 ("-cells", "-ref", "-mode"), 1, 1),
    "synth_design": (("-rtl", "-no_lc", "-keep_equivalent_registers", "-no_srlextract", "-assert",
                      "-no_timing_driven", "-sfcu", "-debug_log", "-quiet", "-verbose"),
                     ("-name", "-part", "-constrset", "-top", "-include_dirs", "-generic",
                      "-verilog_define", "-flatten_hierarchy", "-directive", "-bufg", "-mode",
                      "-fsm_extraction", "-resource_sharing", "-max_bram", "-max_dsp"), 0, 0),
    "opt_design": (("-quiet", "-verbose"), ("-directive",), 0, 0),
    "place_design": (("-unplace", "-no_timing_driven", "-quiet", "-verbose"), ("-directive",),
                     0, 0),
    "phys_opt_design": (("-quiet", "-verbose"), ("-directive",), 0, 0),
    "route_design": (("-unroute", "-no_timing_driven", "-tns_cleanup", "-quiet", "-verbose"),
                     ("-directive",), 0, 0),
    "report_timing_summary": (("-check_timing_verbose", "-no_header", "-warn_on_violation",
                               "-report_unconstrained", "-quiet", "-verbose"),
                              ("-delay_type", "-max_paths", "-nworst", "-file", "-name"), 0, 0),
    "report_utilization": (("-append", "-return_string", "-hierarchical", "-slr", "-quiet",
                            "-verbose"),
                           ("-file", "-pblocks", "-cells", "-format", "-name",
                            "-hierarchical_depth"), 0, 0),
    "write_checkpoint": (("-force", "-logic_function_stripped", "-encrypt", "-quiet", "-verbose"),
                         ("-cell", "-key"), 1, 1),
    "write_bitstream": (("-force", "-raw_bitfile", "-no_binary_bitfile", "-mask_file",
                         "-readback_file", "-logic_location_file", "-bin_file", "-quiet",
                         "-verbose"), ("-cell", "-reference_bitfile"), 1, 1),
    "get_timing_paths": (("-setup", "-hold", "-unique_pins", "-no_report_unconstrained", "-quiet",
                          "-verbose"),
                         ("-from", "-to", "-through", "-delay_type", "-max_paths", "-nworst",
                          "-group", "-sort_by", "-filter"), 0, 0),
    "get_property": (("-min", "-max", "-quiet", "-verbose"), (), 2, 2),
    "set_property": (("-quiet", "-verbose"), ("-dict",), 3, 3),
    "get_ports": (_GET[0], ("-of_objects", "-filter"), 0, 1),
    "get_nets": (("-hierarchical", *_GET[0]), ("-of_objects", "-filter"), 0, 1),
    "create_clock": (("-add", "-quiet", "-verbose"), ("-period", "-name", "-waveform"), 0, 1),
    "create_project": (("-force", "-in_memory", "-ip", "-quiet", "-verbose"), ("-part",), 1, 2),
    "close_project": (("-delete", "-quiet", "-verbose"), (), 0, 0),
    "add_files": (("-norecurse", "-copy_to", "-force", "-quiet", "-verbose"),
                  ("-fileset", "-scan_for_includes"), 1, 1),
    "current_fileset": (("-constrset", "-simset", "-srcset"), (), 0, 1),
    "update_compile_order": (("-force_gui", "-quiet", "-verbose"), ("-fileset",), 0, 0),
    "ipx::package_project": (("-import_files", "-force", "-quiet"),
                             ("-root_dir", "-vendor", "-library", "-taxonomy", "-set_current"),
                             0, 0),
    "ipx::current_core": _NONE,
    "ipx::get_bus_interfaces": _GET,
    "ipx::get_memory_maps": _GET,
    "ipx::get_address_spaces": _GET,
    "ipx::remove_bus_interface": _ADD,
    "ipx::remove_memory_map": _ADD,
    "ipx::remove_address_space": _ADD,
    "ipx::add_bus_interface": _ADD,
    "ipx::add_port_map": _ADD,
    "ipx::add_bus_parameter": _ADD,
    "ipx::add_memory_map": _ADD,
    "ipx::add_address_block": _ADD,
    "ipx::add_address_space": _ADD,
    "ipx::create_xgui_files": (("-quiet",), (), 1, 1),
    "ipx::update_checksums": (("-quiet",), (), 1, 1),
    "ipx::check_integrity": (("-quiet",), (), 1, 1),
    "ipx::save_core": (("-quiet",), (), 1, 1),
}  # fmt: skip


def parse(name: str, words: tuple[str, ...]) -> tuple[dict[str, str | None], list[str]]:
    """The options and the positional words of a call, which must be of the table."""
    flags, valued, fewest, most = COMMANDS[name]
    options, arguments, rest = {}, [], list(words)
    while rest:
        word = rest.pop(0)
        if word in flags:
            options[word] = None
        elif word in valued:
            options[word] = rest.pop(0)
        else:
            assert not word.startswith("-") or word[1:2].isdigit(), f"{name} has no {word}"
            arguments.append(word)
    assert fewest <= len(arguments) <= most, f"{name} has {arguments}"
    return options, arguments
