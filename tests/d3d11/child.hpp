// What the test program does when another one starts it as a second process.
#pragma once

namespace d3d11_test {

/// The exit status: 0 when the child found all that it should.
int run_child(int argc, char** argv);

}  // namespace d3d11_test
