// normanc: the compiler for people. This file is its command line; each subcommand has a file of its own.
#include <cstdio>
#include <iostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "compiler/tools/arguments.h"
#include "compiler/tools/output.h"
#include "norman/spec/isa.h"

namespace norman::tools {
namespace {

const std::vector<std::string> kOverlays = {"default", "small"};

void addOverlay(CLI::App& app, std::string& overlay) {
  app.add_option("--overlay", overlay, "Overlay to compile for: default or small")->check(CLI::IsMember(kOverlays))->type_name("NAME");
}

void addLibrary(CLI::App& app, std::string& library) {
  app.add_option("--stdlib", library, "Folder where 'import std.NAME;' finds its files")->type_name("DIR");
}

CLI::Option* addTraffic(CLI::App& app, TrafficArguments& traffic) {
  CLI::Option* in = app.add_option("--in", traffic.in, "Packets: a pcap, pcapng or JSON-lines file, - for standard input")->type_name("FILE");
  CLI::Option* local = app.add_option("--local", traffic.local,
                                      "Addresses of this host, as a prefix; decides the direction of captured packets. May be repeated")
                           ->type_name("PREFIX")
                           ->allow_extra_args(false)
                           ->take_all();
  app.add_option("--dir", traffic.direction, "Direction of every packet: ingress, egress or forward")
      ->check(CLI::IsMember(std::vector<std::string>{"ingress", "egress", "forward"}))
      ->type_name("DIRECTION")
      ->excludes(local);
  app.add_option("--owners", traffic.owners, "Owners of connections or frames, as JSON lines")->type_name("FILE");
  app.add_option("--users", traffic.users, "Users by name, in passwd format")->type_name("FILE");
  app.add_option("--groups", traffic.groups, "Groups by name, in group format")->type_name("FILE");
  return in;
}

std::string examples(const std::string& first, const std::string& second) {
  return fmt::format("Examples:\n  {}\n  {}\n", first, second);
}

int main(int argc, char** argv) {
  CLI::App app("Compiles Norman policies, and shows what they do to packets.", "normanc");
  app.require_subcommand(1);
  app.set_version_flag("--version", fmt::format("normanc 0.1.0 (instruction set {}, image format {})", isa::kIsaVersion, isa::kImageVersion));
  app.footer(examples("normanc compile firewall.norman -o firewall.img", "normanc run firewall.norman --in traffic.pcapng --local 10.0.0.0/8"));

  CheckArguments check_arguments;
  CLI::App& check_app = *app.add_subcommand("check", "Reports mistakes in policies, and what does not fit the overlay.");
  check_app.add_option("FILE", check_arguments.files, "Policies; - is standard input")->required();
  addOverlay(check_app, check_arguments.overlay);
  addLibrary(check_app, check_arguments.library);
  check_app.add_flag("--json", check_arguments.json, "Print each message as a JSON line on standard output");
  check_app.footer(examples("normanc check --overlay small policies/*.norman", "normanc check --json firewall.norman"));

  CompileArguments compile_arguments;
  CLI::App& compile_app = *app.add_subcommand("compile", "Compiles a policy to an image for the overlay.");
  compile_app.add_option("FILE", compile_arguments.file, "Policy; - is standard input")->required();
  compile_app.add_option("-o,--output", compile_arguments.output, "File to write; - is standard output")->type_name("FILE");
  compile_app.add_option("--emit", compile_arguments.emit, "What to write: ast, ir, asm or image")
      ->check(CLI::IsMember(std::vector<std::string>{"ast", "ir", "asm", "image"}))
      ->type_name("WHAT");
  compile_app.add_option("--report", compile_arguments.report, "Print what the policy uses of the overlay, as text or json")
      ->check(CLI::IsMember(std::vector<std::string>{"text", "json"}))
      ->type_name("FORMAT");
  addOverlay(compile_app, compile_arguments.overlay);
  addLibrary(compile_app, compile_arguments.library);
  compile_app.add_option("--keep", compile_arguments.keep, "Image that this one is to replace: what is the same keeps place and contents")->type_name("IMAGE");
  compile_app.footer(examples("normanc compile firewall.norman -o firewall.img", "normanc compile firewall.norman -o new.img --keep firewall.img --report text"));

  RunArguments run_arguments;
  CLI::App& run_app = *app.add_subcommand("run", "Runs recorded packets through a policy or an image: one JSON line for each.");
  run_app.add_option("FILE", run_arguments.file, "Policy or image; - is standard input")->required();
  addTraffic(run_app, run_arguments.traffic)->required();
  run_app.add_option("--on", run_arguments.on, "What executes: model, rtl (the simulated hardware) or native (host code)")
      ->check(CLI::IsMember(std::vector<std::string>{"model", "rtl", "native"}))
      ->type_name("EXECUTION");
  run_app.add_flag("--counters", run_arguments.counters, "Then print a JSON line for each counter");
  addOverlay(run_app, run_arguments.overlay);
  addLibrary(run_app, run_arguments.library);
  run_app.footer(examples("normanc run firewall.norman --in traffic.pcapng --local 10.0.0.0/8 --owners owners.jsonl",
                          "normanc run firewall.img --in traffic.jsonl --on rtl --counters"));

  ExplainArguments explain_arguments;
  CLI::App& explain_app = *app.add_subcommand("explain", "Shows which rule decided a packet and which rows ran, on the compiled image.");
  explain_app.add_option("FILE", explain_arguments.file, "Policy or image; - is standard input")->required();
  CLI::Option* explain_in = addTraffic(explain_app, explain_arguments.traffic);
  explain_app.add_option("--packet", explain_arguments.packet, "One packet: its bytes in hexadecimal, or a line of a JSON-lines file")
      ->type_name("PACKET")
      ->excludes(explain_in);
  addOverlay(explain_app, explain_arguments.overlay);
  addLibrary(explain_app, explain_arguments.library);
  explain_app.add_flag("--json", explain_arguments.json, "Print a JSON line for each packet");
  explain_app.footer(examples("normanc explain firewall.norman --in traffic.pcapng --dir ingress",
                              "normanc explain firewall.img --packet '{\"frame\":\"ffffffffffff0200000000010806...\",\"dir\":\"egress\"}'"));

  DisasmArguments disasm_arguments;
  CLI::App& disasm_app = *app.add_subcommand("disasm", "Prints the assembly of an image.");
  disasm_app.add_option("IMAGE", disasm_arguments.file, "Image; - is standard input")->required();
  disasm_app.add_option("-o,--output", disasm_arguments.output, "File to write; - is standard output")->type_name("FILE");
  disasm_app.footer(examples("normanc disasm firewall.img", "normanc disasm firewall.img -o firewall.s"));

  FormatArguments format_arguments;
  CLI::App& format_app = *app.add_subcommand("fmt", "Prints policies in their canonical form: the same rules and comments, one layout.");
  format_app.add_option("FILE", format_arguments.files, "Policies; - is standard input")->required();
  CLI::Option* write = format_app.add_flag("--write", format_arguments.write, "Change the files instead of printing");
  format_app.add_flag("--check", format_arguments.check, "Only name the files that would change; the status is then 1")->excludes(write);
  format_app.footer(examples("normanc fmt firewall.norman | diff firewall.norman -", "normanc fmt --write policies/*.norman"));

  TableArguments table_arguments;
  CLI::App& table_app = *app.add_subcommand("table", "Lists the sets, maps and rule lists of an image, and what they hold; adds and deletes entries.");
  table_app.add_option("IMAGE", table_arguments.image, "Image; - is standard input");
  table_app.add_option("NAME", table_arguments.name, "Set, map or rule list");
  table_app.add_flag("--json", table_arguments.json, "Print a JSON line for each table or entry");
  table_app.footer(examples("normanc table firewall.img blocked", "normanc table add firewall.img blocked 192.0.2.7 2001:db8::7 -o changed.img"));
  CLI::App& list_app = *table_app.add_subcommand("list", "The same as 'normanc table IMAGE'.");
  list_app.add_option("IMAGE", table_arguments.image, "Image; - is standard input")->required();
  list_app.add_option("NAME", table_arguments.name, "Set, map or rule list");
  list_app.add_flag("--json", table_arguments.json, "Print a JSON line for each table or entry");
  list_app.footer(examples("normanc table list firewall.img", "normanc table list firewall.img blocked --json"));
  const auto addChange = [&](CLI::App& change) {
    change.add_option("IMAGE", table_arguments.image, "Image; - is standard input")->required();
    change.add_option("NAME", table_arguments.name, "Set, map or rule list")->required();
    change.add_option("ENTRY", table_arguments.entries, "Entries as the policy writes them: 10.0.0.1, 10.0.0.0/8, '(10.0.0.1, 80)', '22 -> 7'; of rule lists rules, or their names");
    change.add_option("--from", table_arguments.from, "More entries, one a line; - is standard input")->type_name("FILE");
    change.add_option("-o,--output", table_arguments.output, "File to write instead of the image itself; - is standard output")->type_name("FILE");
  };
  CLI::App& add_app = *table_app.add_subcommand("add", "Adds entries to a set or map that has a size, or rules to a rule list.");
  addChange(add_app);
  CLI::Option* before = add_app.add_option("--before", table_arguments.before, "Rule that added rules come before: its number or name")->type_name("RULE");
  add_app.add_option("--after", table_arguments.after, "Rule that they come after; without both they come last")->type_name("RULE")->excludes(before);
  add_app.footer(examples("normanc table add firewall.img blocked 192.0.2.7",
                          "normanc table add firewall.img firewall.rules1 'mail: tcp.dport == 25 => count, drop' --before firewall.ssh"));
  CLI::App& delete_app = *table_app.add_subcommand("delete", "Deletes entries of a set or map that has a size, or rules of a rule list.");
  addChange(delete_app);
  delete_app.footer(examples("normanc table delete firewall.img blocked --from expired.txt", "normanc table delete firewall.img firewall.rules1 firewall.ssh"));
  table_app.require_subcommand(0, 1);

  // Known to the design, not built yet: refused, never ignored.
  for (const char* name : {"translate"}) app.add_subcommand(name, "Not yet.")->allow_extras()->group("");

  const auto usage = [](const std::string& text) {
    fmt::print(stderr, "normanc: error: {}\nRun with --help for more information.\n", text);
    return kUsage;
  };
  app.failure_message([](const CLI::App*, const CLI::Error& error) {
    return fmt::format("normanc: error: {}\nRun with --help for more information.\n", error.what());
  });
  if (argc < 2) return usage("a command is missing; the commands are check, compile, run, explain, disasm, fmt, table");
  if (argv[1][0] != '-' && app.get_subcommands([&](const CLI::App* command) { return command->get_name() == argv[1]; }).empty())
    return usage(fmt::format("there is no command '{}'; the commands are check, compile, run, explain, disasm, fmt, table", argv[1]));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (app.exit(error) != 0) return kUsage;
    std::cout.flush();
    return std::cout ? finishOutput() : fail("cannot write '<stdout>'");
  }
  const std::string name = app.get_subcommands().front()->get_name();
  if (name == "translate") return usage(fmt::format("'{}' is not part of this version", name));
  if (name == "check") return check(check_arguments);
  if (name == "compile") {
    if (compile_arguments.keep == "-" && compile_arguments.file == "-") return usage("policy and image cannot both come from standard input");
    if (!compile_arguments.keep.empty() && compile_arguments.emit == "ast") return usage("--keep decides places in the overlay; it cannot go with --emit ast");
    const bool image = compile_arguments.emit == "image";
    if (image && compile_arguments.output.empty() && compile_arguments.report.empty()) return usage("an image needs a file to go to: -o FILE");
    if (!image && !compile_arguments.report.empty()) return usage("--report describes an image; it cannot go with --emit " + compile_arguments.emit);
    if (compile_arguments.output == "-" && !compile_arguments.report.empty()) return usage("image and report cannot both go to standard output");
    return compile(compile_arguments);
  }
  if (name == "run") {
    if (run_arguments.file == "-" && run_arguments.traffic.in == "-") return usage("policy and packets cannot both come from standard input");
    return run(run_arguments);
  }
  if (name == "explain") {
    if (explain_arguments.packet.empty() && explain_arguments.traffic.in.empty()) return usage("explain needs packets: --in FILE or --packet PACKET");
    if (explain_arguments.file == "-" && explain_arguments.traffic.in == "-") return usage("policy and packets cannot both come from standard input");
    return explain(explain_arguments);
  }
  if (name == "table") {
    const bool adds = add_app.parsed(), deletes = delete_app.parsed();
    if (table_arguments.image.empty()) return usage("an image is missing: normanc table IMAGE [NAME]");
    if (!adds && !deletes) return table(table_arguments);
    table_arguments.action = adds ? TableArguments::Action::Add : TableArguments::Action::Delete;
    if (table_arguments.entries.empty() && table_arguments.from.empty())
      return usage(fmt::format("nothing to {}: name entries, or a file of them with --from", adds ? "add" : "delete"));
    if (table_arguments.image == "-" && table_arguments.from == "-") return usage("image and entries cannot both come from standard input");
    if (table_arguments.image == "-" && table_arguments.output.empty()) return usage("an image from standard input needs a file to go to: -o FILE");
    return table(table_arguments);
  }
  if (name == "fmt") {
    for (const std::string& path : format_arguments.files)
      if (format_arguments.write && path == "-") return usage("standard input cannot be written in place: leave --write out");
    return format(format_arguments);
  }
  return disasm(disasm_arguments);
}

}  // namespace
}  // namespace norman::tools

int main(int argc, char** argv) { return norman::tools::main(argc, argv); }
