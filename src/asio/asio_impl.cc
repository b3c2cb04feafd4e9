// The compiled halves of Asio and Beast (separate compilation), for the modules that link this library: http and transport.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
