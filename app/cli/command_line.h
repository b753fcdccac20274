// The grammar of the command line, and running what was typed.
#pragma once

namespace fulcrum::cli {

int run_command_line(int argc, char** argv); // the exit code

} // namespace fulcrum::cli
