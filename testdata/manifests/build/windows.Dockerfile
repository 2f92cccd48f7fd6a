# escape=`
FROM registry.example/windows/nano:ltsc2022
RUN powershell -Command `
  Write-Host 'C:\temp\'
FROM registry.example/windows/core:ltsc2022
