// Whether this machine can run labs for a test.
#pragma once

#include <string>

// Why no lab can be launched here; empty when one can.
std::string why_no_lab();
