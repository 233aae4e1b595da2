# JOINTCA_SANITIZE: a list such as "address;undefined" or "thread".
set(JOINTCA_SANITIZE "" CACHE STRING "sanitizers, as a list")
foreach(sanitizer IN LISTS JOINTCA_SANITIZE)
  target_compile_options(jointca_options INTERFACE
    -fsanitize=${sanitizer} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(jointca_options INTERFACE -fsanitize=${sanitizer})
endforeach()
if(JOINTCA_SANITIZE MATCHES undefined AND CMAKE_CXX_COMPILER_ID MATCHES Clang)
  # clang 14 cannot assemble coroutines with `function` ("difference across sections"); SOCI does
  # not export the type information that `vptr` asks for.
  target_compile_options(jointca_options INTERFACE -fno-sanitize=function,vptr)
endif()
if(JOINTCA_SANITIZE MATCHES address)
  # The system tests start thousands of processes. One at a fixed place starts without two million
  # relocations, in half of the page faults; and a process that ends is searched for leaks in
  # half of the time without what the sanitizers say of functions that are not there: that of each
  # inline function stands in every file.
  target_compile_options(jointca_options INTERFACE -fno-pie
    -ffunction-sections -fdata-sections -fsanitize-address-globals-dead-stripping)
  target_link_options(jointca_options INTERFACE -no-pie -Wl,--gc-sections)
endif()
if(JOINTCA_SANITIZE)
  # A seventh of the time that the system's linker takes, for a hundred programs.
  target_link_options(jointca_options INTERFACE -fuse-ld=lld)
endif()
if(JOINTCA_SANITIZE)
  # With sanitizers, clang 14 optimises what Beast makes of these two for minutes; 20 s without.
  set_source_files_properties(transport/http_client.cpp transport/http_server.cpp
    PROPERTIES COMPILE_OPTIONS -O0)
endif()
