# Every library is a Debian 12 package (tools/setup installs them); nothing is downloaded at configure time.
set(Boost_NO_WARN_NEW_VERSIONS ON)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Threads REQUIRED)
find_package(RocksDB 7.8 REQUIRED)
find_package(absl REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(Catch2 2 REQUIRED)
find_package(CLI11 REQUIRED)

# The core alone: the package's own configuration also asks for what its web server and push gateway need.
find_library(PROMETHEUS_CORE prometheus-cpp-core REQUIRED)
find_path(PROMETHEUS_INCLUDE prometheus/text_serializer.h REQUIRED)
add_library(tollgate_prometheus INTERFACE)
target_link_libraries(tollgate_prometheus INTERFACE ${PROMETHEUS_CORE})
target_include_directories(tollgate_prometheus SYSTEM INTERFACE ${PROMETHEUS_INCLUDE})

find_program(CCACHE ccache)
if(CCACHE)
  # PCH needs the sloppiness; without it every file that uses one misses the cache. With paths relative to the source tree,
  # every clone and worktree on the machine shares what one of them has compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()

# RocksDB statically where we can: the binary then carries its storage engine with it.
find_library(ROCKSDB_STATIC librocksdb.a)
add_library(tollgate_rocksdb INTERFACE)
if(ROCKSDB_STATIC AND NOT TOLLGATE_SANITIZE)
  target_link_libraries(tollgate_rocksdb INTERFACE ${ROCKSDB_STATIC} snappy lz4 zstd z bz2 Threads::Threads dl)
else()
  target_link_libraries(tollgate_rocksdb INTERFACE RocksDB::rocksdb-shared)
endif()
