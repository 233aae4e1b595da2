# The warnings of every target, and each silenced one with its reason.
add_library(jointca_options INTERFACE)
target_compile_features(jointca_options INTERFACE cxx_std_20)
target_compile_options(jointca_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  -Wimplicit-fallthrough)
if(JOINTCA_WERROR)
  target_compile_options(jointca_options INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  target_compile_options(jointca_options INTERFACE
    -Wno-mismatched-new-delete   # false with Asio awaitables under sanitizers, GCC 12
    -Wno-maybe-uninitialized     # false with std::variant and sanitizers, GCC 12
    -Wno-psabi)
endif()
