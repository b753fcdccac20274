// An X server of the tests' own, on a display number that was free: Xvfb, ended with this object.
#pragma once

#include <string>
#include <sys/types.h>

class OwnDisplay {
public:
    OwnDisplay(); // sets DISPLAY when it came up
    ~OwnDisplay();
    OwnDisplay(const OwnDisplay&) = delete;
    OwnDisplay& operator=(const OwnDisplay&) = delete;

    // Why there is none; empty when there is one.
    static const std::string& why_missing();

private:
    pid_t pid_ = -1;
};
