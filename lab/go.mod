module github.com/fixline-dev/fixline/lab

go 1.26.0
