// Nothing is declared here: Arrow is C++ and is called by CVicinalArrow only.
// The module map beside this file names the libraries to link, pkg-config says
// where they are (scripts/setup writes parquet.pc and arrow.pc if no package
// of the system brings them).
#ifndef VICINAL_ARROW_LIBRARIES_H
#define VICINAL_ARROW_LIBRARIES_H
#endif
