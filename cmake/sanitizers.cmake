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
  # At a fixed place a process starts without two million relocations, in half of the page faults;
  # the system tests start thousands of processes.
  target_compile_options(jointca_options INTERFACE -fno-pie)
  target_link_options(jointca_options INTERFACE -no-pie)
endif()
if(JOINTCA_SANITIZE)
  # With sanitizers, clang 14 optimises what Beast makes of these two for minutes; 20 s without.
  set_source_files_properties(transport/http_client.cpp transport/http_server.cpp
    PROPERTIES COMPILE_OPTIONS -O0)
endif()
