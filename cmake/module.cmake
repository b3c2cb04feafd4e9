add_library(tollgate_options INTERFACE)
target_include_directories(tollgate_options INTERFACE ${CMAKE_SOURCE_DIR}/include)
target_compile_options(tollgate_options INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wno-missing-field-initializers -Werror
  -fno-omit-frame-pointer -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports these falsely in inlined standard library code.
  target_compile_options(tollgate_options INTERFACE -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds -Wno-dangling-pointer)
endif()
target_compile_definitions(tollgate_options INTERFACE
  _GLIBCXX_ASSERTIONS SPDLOG_FMT_EXTERNAL
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_definitions(tollgate_options INTERFACE _FORTIFY_SOURCE=2)
endif()
if(TOLLGATE_SANITIZE)
  target_compile_options(tollgate_options INTERFACE -fsanitize=${TOLLGATE_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(tollgate_options INTERFACE -fsanitize=${TOLLGATE_SANITIZE})
  if(TOLLGATE_SANITIZE STREQUAL "thread")
    # Asio's headers have a fence, which TSan does not follow; what is shared goes through its mutexes all the same.
    target_compile_options(tollgate_options INTERFACE -Wno-tsan)
  endif()
endif()

# tollgate_module(<name> SOURCES <file>... [DEPS <module>...] [PRIVATE_LIBS <library>...] [LIBS <library>...])
# One static library per folder of src/. DEPS are our modules, and the link graph is the layering rule.
# PRIVATE_LIBS are third-party libraries that must not appear in the module's public headers.
function(tollgate_module name)
  cmake_parse_arguments(M "" "" "SOURCES;DEPS;LIBS;PRIVATE_LIBS" ${ARGN})
  add_library(tollgate_${name} STATIC ${M_SOURCES})
  list(TRANSFORM M_DEPS PREPEND tollgate_)
  target_link_libraries(tollgate_${name} PUBLIC tollgate_options ${M_DEPS} ${M_LIBS} PRIVATE ${M_PRIVATE_LIBS})
  # For headers that only this module sees.
  target_include_directories(tollgate_${name} PRIVATE ${CMAKE_SOURCE_DIR}/src)
  if(NOT name STREQUAL "base")
    target_precompile_headers(tollgate_${name} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/pch.h)
  endif()
endfunction()

# tollgate_test(<module> SOURCES <file>... [DEPS <module>...] [LIBS <library>...] [PATHS <file>...]): build/<preset>/<module>_test
# Only the files under PATHS see TOLLGATE_SOURCE_DIR and TOLLGATE_BINARY_DIR: the others' objects are the same in every clone.
add_custom_target(unit_tests)  # all of them, and nothing else
function(tollgate_test name)
  cmake_parse_arguments(T "" "" "SOURCES;DEPS;LIBS;PATHS" ${ARGN})
  add_executable(${name}_test ${T_SOURCES})
  add_dependencies(unit_tests ${name}_test)
  list(TRANSFORM T_DEPS PREPEND tollgate_)
  target_link_libraries(${name}_test PRIVATE tollgate_options ${T_DEPS} ${T_LIBS} tollgate_test_main)
  target_include_directories(${name}_test PRIVATE ${CMAKE_SOURCE_DIR}/tests ${CMAKE_SOURCE_DIR}/src)
  if(TOLLGATE_SANITIZE MATCHES "undefined")
    # A third of what compiling a test costs. Pointers are AddressSanitizer's in tests; the modules under test have all of it.
    target_compile_options(${name}_test PRIVATE -fno-sanitize=null,alignment,object-size,vptr,nonnull-attribute,returns-nonnull-attribute)
  endif()
  if(T_PATHS)
    set_property(SOURCE ${T_PATHS} APPEND PROPERTY COMPILE_DEFINITIONS TOLLGATE_SOURCE_DIR="${CMAKE_SOURCE_DIR}" TOLLGATE_BINARY_DIR="${CMAKE_BINARY_DIR}")
  endif()
  catch_discover_tests(${name}_test TEST_PREFIX "${name}: " PROPERTIES TIMEOUT 300)
endfunction()
