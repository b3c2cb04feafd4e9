# The dashboard, built by Node.js into a C++ file: DASHBOARD_SOURCE is that, or the empty table where Node.js or the packages are missing.
set(dashboard ${CMAKE_CURRENT_SOURCE_DIR}/dashboard)
find_program(TOLLGATE_NODE NAMES node nodejs)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${dashboard}/package-lock.json)
if(TOLLGATE_NODE AND EXISTS ${dashboard}/node_modules/.package-lock.json)
  set(DASHBOARD_SOURCE ${CMAKE_CURRENT_BINARY_DIR}/dashboard_files.cc)
  file(GLOB_RECURSE dashboard_inputs CONFIGURE_DEPENDS ${dashboard}/src/*)
  add_custom_command(
    OUTPUT ${DASHBOARD_SOURCE}
    COMMAND ${TOLLGATE_NODE} build.mjs ${DASHBOARD_SOURCE}
    WORKING_DIRECTORY ${dashboard}
    DEPENDS ${dashboard_inputs} ${dashboard}/build.mjs ${dashboard}/package-lock.json
    COMMENT "Building the dashboard" VERBATIM)
else()
  set(DASHBOARD_SOURCE no_dashboard.cc)
  message(STATUS "The dashboard is not in this build: Node.js or its packages are missing (tools/setup installs them, then configure again)")
endif()
