# jointca_layer(<folder> [DEPENDS <folder>...] [LIBS <target>...])
# One static library per folder, of every .cpp below it. A folder links only the folders it names,
# so a forbidden call fails to link; tools/check_layers.py also fails a forbidden include.
function(jointca_layer folder)
  cmake_parse_arguments(arg "" "" "DEPENDS;LIBS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  add_library(${folder} STATIC ${sources})
  set_target_properties(${folder} PROPERTIES OUTPUT_NAME jointca-${folder})
  target_include_directories(${folder} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${folder} PUBLIC jointca_options ${arg_DEPENDS} ${arg_LIBS})
endfunction()
