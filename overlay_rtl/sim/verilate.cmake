# norman_verilate(NAME TOP module CONFIG default|small SOURCES files of overlay_rtl/rtl or absolute paths
#                 [OPTIONS options]): a static library with the Verilated class V<NAME>. Say --assert or --noassert;
# assertions of `unique case` carry the instance's name and so keep equal instances from sharing code.
#
# Verilator runs at build time, because the rendered package exists only then; its output files are gathered into two
# sources (fast and slow), so that their names need not be known now.
set(NORMAN_SIM_DIR "${CMAKE_CURRENT_LIST_DIR}" CACHE INTERNAL "")
set(NORMAN_RTL_DIR "${CMAKE_CURRENT_LIST_DIR}/../rtl" CACHE INTERNAL "")
set(NORMAN_VERILATOR_FLAGS -O3 --x-assign fast --x-initial fast --expand-limit 16 CACHE INTERNAL "flags of every Verilated model")
set(NORMAN_VERILATED_CXX_FLAGS -O3 -march=native CACHE INTERNAL "flags of what runs every clock")

function(norman_verilate name)
  cmake_parse_arguments(ARG "" "TOP;CONFIG" "SOURCES;OPTIONS" ${ARGN})
  set(dir "${CMAKE_CURRENT_BINARY_DIR}/V${name}")
  set(fast "${dir}/V${name}_fast.cpp")
  set(slow "${dir}/V${name}_slow.cpp")
  set(sources)
  foreach(source ${ARG_SOURCES})
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${NORMAN_RTL_DIR}" NORMALIZE)
    list(APPEND sources "${source}")
  endforeach()
  add_custom_command(
    OUTPUT "${fast}" "${slow}" "${dir}/V${name}.h"
    COMMAND "${CMAKE_COMMAND}" -E rm -rf "${dir}"
    COMMAND "${VERILATOR_BIN}" --cc --prefix "V${name}" --Mdir "${dir}" --top-module "${ARG_TOP}"
      ${NORMAN_VERILATOR_FLAGS} -Wall -Wno-fatal "-I${NORMAN_SPEC_DIR}/${ARG_CONFIG}" ${ARG_OPTIONS}
      "${CMAKE_SOURCE_DIR}/overlay_rtl/lint/waivers.vlt" "${NORMAN_SPEC_DIR}/overlay_isa_pkg.sv" ${sources}
    COMMAND "${CMAKE_COMMAND}" "-DDIR=${dir}" "-DNAME=V${name}" -P "${NORMAN_SIM_DIR}/gather.cmake"
    DEPENDS ${sources} "${CMAKE_SOURCE_DIR}/overlay_rtl/lint/waivers.vlt" "${NORMAN_SIM_DIR}/gather.cmake"
      norman_spec_rendered "${NORMAN_SPEC_DIR}/rendered.stamp"
    COMMENT "Verilating ${ARG_TOP} (${ARG_CONFIG})" VERBATIM)
  add_library(V${name} STATIC "${fast}" "${slow}")
  target_include_directories(V${name} SYSTEM PUBLIC "${dir}")
  target_link_libraries(V${name} PUBLIC norman_verilated)
  target_compile_options(V${name} PRIVATE -w)
  set_source_files_properties("${fast}" PROPERTIES COMPILE_OPTIONS "${NORMAN_VERILATED_CXX_FLAGS}")
  set_source_files_properties("${slow}" PROPERTIES COMPILE_OPTIONS "-O0")
endfunction()
