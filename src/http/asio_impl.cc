// The compiled halves of Asio and Beast (separate compilation), for everything that links this module.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
