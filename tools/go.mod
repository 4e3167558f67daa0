module github.com/fixline-dev/fixline/tools

go 1.26.0
