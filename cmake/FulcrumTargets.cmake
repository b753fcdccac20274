# One way to make a library, a program and a test, so that warnings, sanitizers and include roots are the
# same everywhere. Include paths start at the source root: #include "engine/base/result.h".

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tl-expected REQUIRED)

find_program(CCACHE ccache)
if(CCACHE)
    # The sloppiness that precompiled headers need (ccache(1), "Precompiled headers").
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
        CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_link_options(-fuse-ld=mold)
endif()

add_library(fulcrum_options INTERFACE)
target_include_directories(fulcrum_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(fulcrum_options INTERFACE -Wall -Wextra -Wconversion -Wno-missing-field-initializers
                                                 $<$<CXX_COMPILER_ID:GNU>:-Wshadow=local>)
if(FULCRUM_WERROR)
    target_compile_options(fulcrum_options INTERFACE -Werror)
endif()
if(FULCRUM_SANITIZE)
    target_compile_options(fulcrum_options INTERFACE -fsanitize=${FULCRUM_SANITIZE} -fno-omit-frame-pointer
                                                     -fno-sanitize-recover=all)
    target_link_options(fulcrum_options INTERFACE -fsanitize=${FULCRUM_SANITIZE})
endif()

# Headers that nearly every file reads, read once: a third of the build's time. Source files include what they use all
# the same; FULCRUM_PCH=OFF (the preset dev) proves it.
option(FULCRUM_PCH "Precompile common headers" ON)
set(fulcrum_common_headers <algorithm> <array> <chrono> <cstdint> <functional> <map> <memory> <optional> <set> <span>
    <string> <string_view> <unordered_map> <utility> <variant> <vector> <fmt/format.h> <tl/expected.hpp>)
if(FULCRUM_PCH)
    target_link_libraries(fulcrum_options INTERFACE fmt::fmt tl::expected) # the same definitions everywhere
    file(WRITE ${CMAKE_BINARY_DIR}/pch.cpp "")
    add_library(fulcrum_pch OBJECT ${CMAKE_BINARY_DIR}/pch.cpp)
    target_link_libraries(fulcrum_pch PRIVATE fulcrum_options)
    target_precompile_headers(fulcrum_pch PRIVATE ${fulcrum_common_headers})
endif()
function(fulcrum_use_pch name from)
    get_target_property(own ${name} PRECOMPILE_HEADERS)
    if(FULCRUM_PCH AND NOT own)
        target_precompile_headers(${name} REUSE_FROM ${from})
    endif()
endfunction()

# The same with Qt's widgets: made once, for the first target that wants it.
macro(fulcrum_use_qt_pch name)
    if(FULCRUM_PCH AND NOT TARGET fulcrum_qt_pch)
        add_library(fulcrum_qt_pch OBJECT ${CMAKE_BINARY_DIR}/pch.cpp)
        target_link_libraries(fulcrum_qt_pch PRIVATE fulcrum_options Qt6::Widgets)
        target_precompile_headers(fulcrum_qt_pch PRIVATE ${fulcrum_common_headers} <QtWidgets>)
        set_target_properties(fulcrum_qt_pch PROPERTIES AUTOMOC OFF)
    endif()
    fulcrum_use_pch(${name} fulcrum_qt_pch)
endmacro()

# fulcrum_library(name [QT] SOURCES a.cpp ... LINKS targets...)
function(fulcrum_library name)
    cmake_parse_arguments(ARG "QT" "" "SOURCES;LINKS" ${ARGN})
    if(ARG_SOURCES)
        add_library(${name} STATIC ${ARG_SOURCES})
        target_link_libraries(${name} PUBLIC fulcrum_options ${ARG_LINKS})
        if(NOT ARG_QT)
            fulcrum_use_pch(${name} fulcrum_pch)
        else()
            fulcrum_use_qt_pch(${name})
        endif()
    else()
        add_library(${name} INTERFACE)
        target_link_libraries(${name} INTERFACE fulcrum_options ${ARG_LINKS})
    endif()
endfunction()

# fulcrum_program(name SOURCES ... LINKS ...)
function(fulcrum_program name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE fulcrum_options ${ARG_LINKS})
endfunction()

# fulcrum_test(name KIND unit|packets|golden|ui SOURCES ... LINKS ...): one GoogleTest program, one ctest entry,
# labelled with its kind. A ctest entry per program, not per case: starting a process costs more than a case.
function(fulcrum_test name)
    cmake_parse_arguments(ARG "" "KIND" "SOURCES;LINKS" ${ARGN})
    find_package(GTest REQUIRED)
    if(FULCRUM_PCH AND NOT TARGET fulcrum_test_pch)
        add_library(fulcrum_test_pch OBJECT ${CMAKE_BINARY_DIR}/pch.cpp)
        target_link_libraries(fulcrum_test_pch PRIVATE fulcrum_options GTest::gmock)
        target_precompile_headers(fulcrum_test_pch PRIVATE ${fulcrum_common_headers} <gmock/gmock.h> <gtest/gtest.h>)
        if(NOT FULCRUM_SANITIZE)
            target_compile_options(fulcrum_test_pch PRIVATE -O1)
        endif()
    endif()
    add_executable(${name} ${ARG_SOURCES})
    if(ARG_KIND STREQUAL "ui")
        fulcrum_use_qt_pch(${name})
    else()
        fulcrum_use_pch(${name} fulcrum_test_pch)
    endif()
    target_link_libraries(${name} PRIVATE fulcrum_options ${ARG_LINKS} GTest::gmock GTest::gtest_main)
    if(NOT FULCRUM_SANITIZE)
        target_compile_options(${name} PRIVATE -O1) # compiled once, run once: half the time of -O2
    endif()
    target_compile_definitions(${name} PRIVATE FULCRUM_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                               FULCRUM_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS ${ARG_KIND} TIMEOUT 300)
endfunction()

# fulcrum_fuzz(name SOURCES target.cpp LINKS ... CORPUS dir): with clang a libFuzzer program; with any compiler a
# runner that feeds every corpus file to the target once, so that the corpus is part of the test run.
function(fulcrum_fuzz name)
    cmake_parse_arguments(ARG "" "CORPUS" "SOURCES;LINKS" ${ARGN})
    if(NOT FULCRUM_FUZZ)
        return()
    endif()
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE fulcrum_options ${ARG_LINKS})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
    if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
        target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
        add_test(NAME ${name} COMMAND ${name} -runs=0 ${ARG_CORPUS})
    else()
        target_sources(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/run_corpus.cpp)
        add_test(NAME ${name} COMMAND ${name} ${ARG_CORPUS})
    endif()
    set_tests_properties(${name} PROPERTIES LABELS fuzz)
endfunction()

# fulcrum_lab_test(name script.py [LANE 1|2]): a test from outside, in Python, through the command line. Exit code 77 is
# "skipped". Labs run one at a time: they share two cores, and a starved lab proves nothing. A LANE is for tests in which
# nothing depends on the pace and nothing is counted on the machine: one of each lane run side by side.
function(fulcrum_lab_test name script)
    cmake_parse_arguments(ARG "" "LANE" "" ${ARGN})
    set(locks lab_lane_1 lab_lane_2)
    if(ARG_LANE)
        set(locks lab_lane_${ARG_LANE})
    endif()
    find_package(Python3 REQUIRED COMPONENTS Interpreter)
    add_test(NAME ${name} COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/${script})
    set_tests_properties(${name} PROPERTIES LABELS lab TIMEOUT 600 SKIP_RETURN_CODE 77
        RESOURCE_LOCK "${locks}"
        ENVIRONMENT "PYTHONPATH=${CMAKE_SOURCE_DIR}/tests/support;PYTHONDONTWRITEBYTECODE=1;FULCRUM_BIN_DIR=${CMAKE_RUNTIME_OUTPUT_DIRECTORY};FULCRUM_SOURCE_DIR=${CMAKE_SOURCE_DIR}")
endfunction()
