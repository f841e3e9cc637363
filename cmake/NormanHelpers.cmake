# Helpers that every folder's CMakeLists.txt uses: warning flags, libraries, folders that have content.

set(NORMAN_WARNINGS -Wall -Wextra -Werror)
if(NORMAN_SANITIZE)
  # GCC 12 takes parts of std::regex and std::optional for uninitialized when it adds its checks.
  list(APPEND NORMAN_WARNINGS -Wno-maybe-uninitialized)
  # These tests are many and small: what -O1 saves in building is more than it costs in running.
  string(REPLACE "-O2" "-O1" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")
  string(REPLACE "-O2" "-O1" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=address,undefined)
endif()

if(NORMAN_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -g1
    -Wno-deprecated-declarations)  # std::stable_sort of this libstdc++, as clang sees it
  add_link_options(-fsanitize=address,undefined)
endif()

# norman_add_library(NAME SOURCES a.cpp b.cpp LINK libs...): a static library under our warnings, included
# from the project's root ("compiler/ast/ast.h") and from the generated tree ("norman/spec/isa.h").
function(norman_add_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC "${CMAKE_SOURCE_DIR}" "${CMAKE_BINARY_DIR}/gen")
  target_compile_options(${name} PRIVATE ${NORMAN_WARNINGS})
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
endfunction()

# What the sanitizer build is for: the tests of what reads hostile input (policies, images, packets, files), and all that
# run there (unit and golden tests).
add_custom_target(norman_hostile_tests)
add_custom_target(norman_sanitized_tests)

# norman_add_test(NAME SOURCES a.cpp LINK libs... LABELS unit|hostile|rtl|differential|golden|e2e): a GoogleTest program known
# to ctest as NAME. A test that cannot run here prints "SKIPPED: reason" and is reported as skipped.
function(norman_add_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}" "${CMAKE_BINARY_DIR}/gen")
  target_compile_options(${name} PRIVATE ${NORMAN_WARNINGS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gmock GTest::gtest_main)
  if("hostile" IN_LIST ARG_LABELS)
    add_dependencies(norman_hostile_tests ${name})
  endif()
  if("unit" IN_LIST ARG_LABELS OR "golden" IN_LIST ARG_LABELS)
    add_dependencies(norman_sanitized_tests ${name})
  endif()
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
  set_tests_properties(${name} PROPERTIES TIMEOUT 900 LABELS "${ARG_LABELS}" SKIP_REGULAR_EXPRESSION "SKIPPED:")
endfunction()

# Adds each folder that has a CMakeLists.txt; folders come when they have content.
function(norman_add_folders)
  foreach(folder ${ARGN})
    if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/CMakeLists.txt")
      add_subdirectory(${folder})
    endif()
  endforeach()
endfunction()
