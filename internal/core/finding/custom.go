package finding

// customCodes are of custom resources and the operators behind them.
func customCodes() []Code {
	return []Code{}
}
