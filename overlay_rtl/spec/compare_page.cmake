# Compares a committed reference page with the freshly rendered one, and prints the command that refreshes it.
execute_process(COMMAND "${CMAKE_COMMAND}" -E compare_files "${RENDERED}" "${COMMITTED}" RESULT_VARIABLE differs)
if(differs)
  message(FATAL_ERROR "${COMMITTED} is not what the records say; refresh it with:\n  cp ${RENDERED} ${COMMITTED}")
endif()
